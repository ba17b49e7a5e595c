"""What a search was asked for, as its run keeps it beside what it found."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from nas.runs.fields import Fields

_TARGETS = ("targets", "device", "budget_ms", "further")  # the old spelling has one device before all others


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A device and what the latency there may be at most, in ms; None where an older run does not say."""

    device: str
    budget_ms: float | None


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings that a reader of a run asks for; None where an older run does not say.

    `targets` are all alike. `accuracy` and `latency` say in words where these figures come from; `others` holds what
    else the search was asked for, as JSON values.
    """

    targets: tuple[Asked, ...] = ()
    space: str | None = None
    confidence: float | None = None
    algorithm: str | None = None
    seed: int | None = None
    trials: int | None = None
    accuracy: str = ""
    latency: str = ""
    others: Mapping[str, Any] = field(default_factory=dict)

    @property
    def devices(self) -> tuple[str, ...]:
        """The names of the targets."""
        return tuple(each.device for each in self.targets)

    # What is shown of one device is shown of the one that was named first.

    @property
    def device(self) -> str | None:
        """The device named first."""
        return self.targets[0].device if self.targets else None

    @property
    def budget_ms(self) -> float | None:
        """The budget there."""
        return self.targets[0].budget_ms if self.targets else None

    def to_json(self) -> dict[str, Any]:
        """As keys of `front.json`, the targets in both spellings."""
        own = {name: getattr(self, name) for name in NAMES if name != "targets"}
        pairs = [(each.device, each.budget_ms) for each in self.targets]
        first = dict(zip(("device", "budget_ms"), pairs[0], strict=True)) if pairs else {}
        return {
            **self.others,
            **{name: value for name, value in (own | first).items() if value is not None},
            "further": [list(each) for each in pairs[1:]],
            "targets": [{"device": device, "budget_ms": budget_ms} for device, budget_ms in pairs],
        }

    @classmethod
    def from_json(cls, found: Fields) -> "Settings":
        """Read what `to_json` gave, or an older version, from among other keys of the same object.

        Raises:
            ValueError: a setting is none of its kind; names place and column.
        """
        return cls(
            targets=_targets(found) if "targets" in found.values else _old_targets(found),
            space=found.text("space", "") or None,
            confidence=found.optional_number("confidence"),
            algorithm=found.text("algorithm", "") or None,
            seed=found.optional_whole("seed"),
            trials=found.optional_whole("trials"),
            accuracy=found.text("accuracy", ""),
            latency=found.text("latency", ""),
            others={name: _plain(value) for name, value in found.values.items() if name not in {*NAMES, *_TARGETS}},
        )


def _targets(found: Fields) -> tuple[Asked, ...]:
    return tuple(Asked(device=each.text("device"), budget_ms=_budget(each)) for each in found.objects("targets"))


def _old_targets(found: Fields) -> tuple[Asked, ...]:
    """One device before all others; its name is empty where a run gives its budget alone."""
    further = found.list("further")
    if not all(isinstance(each, list | tuple) and len(each) == 2 for each in further):
        raise found.refused("further", "a list of devices and budgets")
    first = Asked(device=found.text("device", ""), budget_ms=_budget(found))
    others = [Fields({"device": device, "budget_ms": ms}, f"{found.where}, further") for device, ms in further]
    if not (first.device or first.budget_ms or others):
        return ()
    return first, *(Asked(device=each.text("device"), budget_ms=_budget(each)) for each in others)


def _budget(found: Fields) -> float | None:
    budget_ms = found.optional_number("budget_ms")
    return budget_ms if budget_ms is not None and budget_ms > 0 else None


def _plain(value: Any) -> Any:
    """A value as it comes back from JSON, which has no tuples."""
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


NAMES = tuple(each.name for each in fields(Settings) if each.name != "others")

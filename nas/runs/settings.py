"""What a search was asked for, as its run keeps it beside what it found."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from nas.runs.fields import Fields


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings that a reader of a run asks for; None where an older run does not say.

    `accuracy` and `latency` say in words where these figures come from, `further` are devices beside the first with
    their budgets in ms; `others` holds what else the search was asked for, as JSON values.
    """

    device: str | None = None
    space: str | None = None
    budget_ms: float | None = None
    confidence: float | None = None
    algorithm: str | None = None
    seed: int | None = None
    trials: int | None = None
    accuracy: str = ""
    latency: str = ""
    further: tuple[tuple[str, float], ...] = ()
    others: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As keys of `front.json`."""
        own = {name: getattr(self, name) for name in NAMES}
        further = [list(each) for each in self.further]
        return {
            **self.others,
            **{name: value for name, value in own.items() if value is not None},
            "further": further,
        }

    @classmethod
    def from_json(cls, found: Fields) -> "Settings":
        """Read what `to_json` gave, from among other keys of the same object.

        Raises:
            ValueError: a setting is none of its kind; names place and column.
        """
        further = found.list("further")
        if not all(isinstance(each, list | tuple) and len(each) == 2 for each in further):
            raise found.refused("further", "a list of devices and budgets")
        budget_ms = found.optional_number("budget_ms")
        return cls(
            device=found.text("device", "") or None,
            space=found.text("space", "") or None,
            budget_ms=budget_ms if budget_ms is not None and budget_ms > 0 else None,
            confidence=found.optional_number("confidence"),
            algorithm=found.text("algorithm", "") or None,
            seed=found.optional_whole("seed"),
            trials=found.optional_whole("trials"),
            accuracy=found.text("accuracy", ""),
            latency=found.text("latency", ""),
            further=tuple((str(device), float(budget)) for device, budget in further),
            others={name: _plain(value) for name, value in found.values.items() if name not in NAMES},
        )


def _plain(value: Any) -> Any:
    """A value as it comes back from JSON, which has no tuples."""
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


NAMES = tuple(each.name for each in fields(Settings) if each.name != "others")

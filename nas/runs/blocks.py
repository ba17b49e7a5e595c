"""Where a network's latency goes: the answer of `nas show`, kept of a run's chosen network in `blocks.json`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from nas.runs.fields import Fields


@dataclass(frozen=True, kw_only=True)
class OperatorLatency:
    """One operator with its path in the network, its milliseconds and its share of the median."""

    path: str
    kind: str
    latency_ms: float
    share: float


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """The operators in order, what every network costs beside them, shares by kind, largest first, and the closest.

    `closest` are the measured networks most like it, by name with their latency in ms.
    """

    operators: tuple[OperatorLatency, ...]
    fixed_ms: float
    by_kind: Mapping[str, float]
    closest: tuple[tuple[str, float], ...]

    def to_json(self) -> dict[str, Any]:
        """The keys of `nas show --json` and of `blocks.json`."""
        return {
            "operators": [asdict(each) for each in self.operators],
            "fixed_ms": self.fixed_ms,
            "by_kind": dict(self.by_kind),
            "closest": [{"name": name, "latency_ms": ms} for name, ms in self.closest],
        }

    @classmethod
    def from_json(cls, found: Fields) -> "Explanation":
        """Read what `to_json` gave.

        Raises:
            ValueError: an operator has no path or latency; names place and column.
        """
        operators = tuple(
            OperatorLatency(
                path=each.text("path"),
                kind=each.text("kind", "operator"),
                latency_ms=each.number("latency_ms"),
                share=each.optional_number("share") or 0.0,
            )
            for each in found.objects("operators")
        )
        kinds = Fields(found.values.get("by_kind") or {}, f"{found.where}, by_kind")
        shares = {str(name): kinds.number(name) for name in kinds.values}
        return cls(
            operators=operators,
            fixed_ms=found.number("fixed_ms"),
            by_kind=dict(sorted(shares.items(), key=lambda item: -item[1])),
            closest=tuple((each.text("name"), each.number("latency_ms")) for each in found.objects("closest")),
        )


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """The explanation of the network `arch_id` on a device."""

    arch_id: str
    device: str
    explanation: Explanation

    def to_json(self) -> dict[str, Any]:
        """The object of `blocks.json`."""
        return {"arch_id": self.arch_id, "device": self.device, **self.explanation.to_json()}

    @classmethod
    def from_json(cls, found: Fields) -> "Blocks":
        """Read what `to_json` gave.

        Raises:
            ValueError: a value is missing; names place and column.
        """
        device, explanation = found.text("device", ""), Explanation.from_json(found)
        return cls(arch_id=found.text("arch_id"), device=device, explanation=explanation)

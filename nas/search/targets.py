"""The targets of a search: devices with a latency budget each. All are alike; none is the first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nas.errors import UserError
from nas.units import parse_budget

if TYPE_CHECKING:
    from nas.devices import Device
    from predictors import LatencyPredictor


@dataclass(frozen=True, kw_only=True)
class Target:
    """A device by its name or alias, and what the upper end of the latency there may be, in ms."""

    device: str
    budget_ms: float

    def __post_init__(self) -> None:
        if not self.budget_ms > 0:
            raise UserError(f"budget must be positive, got {self.budget_ms}", fields=("budget",))

    @classmethod
    def of(cls, device: str, budget: str | float) -> "Target":
        """A target with its budget as text, `10ms`, or in ms.

        Raises:
            UserError: the budget is none.
        """
        return cls(device=device, budget_ms=parse_budget(budget) if isinstance(budget, str) else budget)


@dataclass(frozen=True, kw_only=True)
class PreparedTarget:
    """A target with what predicts latencies there."""

    device: "Device"
    latency: "LatencyPredictor"
    budget_ms: float


def targets_of(devices: Sequence[str], budgets: Sequence[str | float]) -> tuple[Target, ...]:
    """Devices and budgets in pairs.

    Raises:
        UserError: there are not as many of both, or a budget is none.
    """
    if len(devices) != len(budgets):
        raise UserError(
            f"every device needs its budget, got {len(devices)} and {len(budgets)}", fields=("device", "budget")
        )
    return tuple(map(Target.of, devices, budgets))

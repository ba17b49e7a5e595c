"""What a network has to keep, and what else is minimised: latency on each target, and costs by name.

Shapes: n networks, d targets, c costs of a network.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from nas.errors import UserError
from nas.search.networks import Network
from nas.search.objectives import OBJECTIVES, check_objective
from nas.search.objectives.objective import Objective, cost_columns, values_of

Values = Mapping[str, np.ndarray]  # objectives by name, each (n,)


@dataclass(frozen=True, kw_only=True)
class Goals:
    """Budgets in ms, one per target, and upper limits on objectives in their units.

    A fleet asks for networks that keep the budget of `any_device`. What is in `minimised` are objectives beside
    error and latency.
    """

    budgets_ms: tuple[float, ...]
    limits: Mapping[str, float] = field(default_factory=dict)
    minimised: tuple[str, ...] = ()
    any_device: bool = False

    def __post_init__(self) -> None:
        for name in self.minimised:
            check_objective(name, "objective")
        for name in self.limits:
            check_objective(name, "limit")
        limits = [("budget", each) for each in self.budgets_ms]
        limits += [(f"limit {name}", limit) for name, limit in self.limits.items()]
        for name, limit in limits:
            if not limit > 0:
                raise UserError(f"{name} must be positive, got {limit}", fields=("budget", "limit"))

    @property
    def asked(self) -> tuple[Objective, ...]:
        """The objectives that are minimised or limited."""
        return tuple(each for name, each in OBJECTIVES.items() if name in self.minimised or name in self.limits)

    @property
    def are_sums(self) -> bool:
        """Whether summed costs tell all that is asked for; otherwise networks have to be built up."""
        return all(each.formula is not None for each in self.asked)

    def values(self, costs: np.ndarray, networks: Sequence[Network] = ()) -> Values:
        """What is asked for, from summed costs (n, c), or from the networks where these do not tell."""
        columns = cost_columns(costs)
        return {
            each.name: values_of(each, networks) if each.formula is None else each.formula(columns)
            for each in self.asked
        }

    def values_of(self, networks: Sequence[Network]) -> Values:
        """What is asked for, of networks."""
        return {each.name: values_of(each, networks) for each in self.asked}

    def costs(self, values: Values, count: int) -> np.ndarray:
        """What is minimised of `count` networks, (count, len(minimised))."""
        columns = [np.asarray(values[name], dtype=float) for name in self.minimised]
        return np.stack(columns, axis=1) if columns else np.zeros((count, 0))

    def costs_of(self, networks: Sequence[Network]) -> np.ndarray:
        """The same for networks."""
        found = {name: values_of(OBJECTIVES[name], networks) for name in self.minimised}
        return self.costs(found, len(networks))

    def excess(self, latency_ms: np.ndarray, values: Values) -> dict[str, np.ndarray]:
        """By how much of itself each limit is exceeded, (n,) per limit, at most 0 where it is kept.

        `latency_ms` is (n, d).
        """
        budgets = latency_ms / np.array(self.budgets_ms) - 1
        found = {self.budget_name(i): budgets[:, i] for i in range(len(self.budgets_ms))}
        if self.any_device:
            found = {"budget": budgets.min(axis=1)}
        limited = [each.name for each in self.asked if each.name in self.limits]
        return found | {f"max-{name}": values[name] / self.limits[name] - 1 for name in limited}

    def excess_of(self, networks: Sequence[Network], latency_ms: np.ndarray) -> dict[str, np.ndarray]:
        """The same for networks with latencies (n, d)."""
        return self.excess(latency_ms, self.values_of(networks))

    def keeps_limits(self, network: Network) -> bool:
        """Whether a network keeps every limit, budgets aside."""
        return all(values_of(OBJECTIVES[name], [network])[0] <= limit for name, limit in self.limits.items())

    @staticmethod
    def budget_name(target: int) -> str:
        """Name of the constraint on the latency on that target."""
        return "budget" if target == 0 else f"budget-{target + 1}"


def violations(excess: dict[str, np.ndarray]) -> np.ndarray:
    """Sum of what exceeds, (n,); 0 where every limit is kept."""
    return np.asarray(np.maximum(np.stack(list(excess.values())), 0).sum(axis=0))

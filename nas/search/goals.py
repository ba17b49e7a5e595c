"""What a network has to keep, and what else is minimised: latency on each device, parameters, multiply-adds, memory.

Shapes: n networks, d devices.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nas.errors import UserError
from nas.search.networks import Network, memory_mb, network_size
from search_space.checks import did_you_mean

COST_OBJECTIVES = ("macs", "params", "memory")


@dataclass(frozen=True, kw_only=True)
class Goals:
    """Budgets in ms, one per device, and upper limits; None is no limit. Memory is in units of 1e6 bytes.

    A fleet asks for networks that keep the budget of `any_device`. The costs in `minimised`, names of
    `COST_OBJECTIVES`, are objectives beside error and latency.
    """

    budgets_ms: tuple[float, ...]
    max_parameters: int | None = None
    max_macs: int | None = None
    max_memory_mb: float | None = None
    bytes_per_element: int = 4
    any_device: bool = False
    minimised: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_costs(self.minimised)
        limits: list[tuple[str, float | None]] = [
            ("--max-params", self.max_parameters),
            ("--max-macs", self.max_macs),
        ]
        limits.append(("--max-memory", self.max_memory_mb))
        limits += [("--budget", each) for each in self.budgets_ms]
        for name, limit in limits:
            if limit is not None and not limit > 0:
                raise UserError(f"{name} must be positive, got {limit}")

    @property
    def needs_memory(self) -> bool:
        """Whether networks have to be built up operator by operator to be judged."""
        return self.max_memory_mb is not None or "memory" in self.minimised

    def limit_on(self, name: str) -> float | None:
        """The upper limit on a cost of `COST_OBJECTIVES`."""
        return {"macs": self.max_macs, "params": self.max_parameters, "memory": self.max_memory_mb}[name]

    def costs(self, parameters: np.ndarray, macs: np.ndarray, memory_mb: np.ndarray | None) -> np.ndarray:
        """The costs that are minimised, (n, len(minimised)); `memory_mb` may be None where it is not one of them."""
        known = {"macs": macs, "params": parameters, "memory": memory_mb}
        columns = [np.asarray(known[name], dtype=float) for name in self.minimised]
        return np.stack(columns, axis=1) if columns else np.zeros((len(macs), 0))

    def costs_of(self, networks: Sequence[Network]) -> np.ndarray:
        """The same for networks."""
        if not self.minimised:
            return np.zeros((len(networks), 0))
        return self.costs(*self._cost_columns(networks))

    def excess(
        self, latency_ms: np.ndarray, parameters: np.ndarray, macs: np.ndarray, memory_mb: np.ndarray | None
    ) -> dict[str, np.ndarray]:
        """By how much of itself each limit is exceeded, (n,) per limit, at most 0 where it is kept.

        `latency_ms` is (n, d), the others (n,); `memory_mb` may be None without a limit on it.
        """
        budgets = latency_ms / np.array(self.budgets_ms) - 1
        found = {self.budget_name(i): budgets[:, i] for i in range(len(self.budgets_ms))}
        if self.any_device:
            found = {"budget": budgets.min(axis=1)}
        if self.max_parameters is not None:
            found["max-params"] = parameters / self.max_parameters - 1
        if self.max_macs is not None:
            found["max-macs"] = macs / self.max_macs - 1
        if self.max_memory_mb is not None:
            assert memory_mb is not None
            found["max-memory"] = memory_mb / self.max_memory_mb - 1
        return found

    def excess_of(self, networks: Sequence[Network], latency_ms: np.ndarray) -> dict[str, np.ndarray]:
        """The same for networks with latencies (n, d)."""
        return self.excess(latency_ms, *self._cost_columns(networks))

    def _cost_columns(self, networks: Sequence[Network]) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Parameters, multiply-adds and, where it is needed, memory, each (n,)."""
        sizes, memory = np.array([network_size(each) for each in networks], dtype=float).reshape(-1, 2), None
        if self.needs_memory:
            memory = np.array([memory_mb(each, self.bytes_per_element) for each in networks])
        return sizes[:, 0], sizes[:, 1], memory

    @staticmethod
    def budget_name(device: int) -> str:
        """Name of the constraint on the latency of that device."""
        return "budget" if device == 0 else f"budget-{device + 1}"


def check_costs(names: Sequence[str]) -> None:
    """Raise UserError for a name that is not one of `COST_OBJECTIVES`; names the known ones."""
    for name in names:
        if name not in COST_OBJECTIVES:
            known = ("error", "latency", *COST_OBJECTIVES)
            raise UserError(
                f"unknown --objective {name!r}{did_you_mean(name, known)}; known: {', '.join(known)} "
                "(latency: that of every --device)"
            )


def violations(excess: dict[str, np.ndarray]) -> np.ndarray:
    """Sum of what exceeds, (n,); 0 where every limit is kept."""
    return np.asarray(np.maximum(np.stack(list(excess.values())), 0).sum(axis=0))

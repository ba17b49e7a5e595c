"""What an objective of a search is: a cost of a network that can be minimised and limited.

Shapes: n networks.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from nas.search.networks import Network, OtherNetwork
from search_space import COST_FIELDS, ArchConfig, arch_cost

CostColumns = Mapping[str, np.ndarray]  # by the names of `search_space.Cost`, each (n,), summed over a network
Formula = Callable[[CostColumns], np.ndarray]


class Objective(Protocol):
    """A cost beside error and latency; the lower, the better.

    An objective is one file with such a value and one entry in `OBJECTIVES`.
    """

    @property
    def name(self) -> str:
        """What `--objective` and `--limit` call it."""
        ...

    @property
    def unit(self) -> str:
        """Of its values, empty for a count."""
        ...

    @property
    def words(self) -> str:
        """What is counted, for people."""
        ...

    @property
    def column(self) -> str:
        """Its column in `front.csv`, with the unit."""
        ...

    @property
    def formula(self) -> Formula | None:
        """From summed costs, for many networks at once; None where sums do not tell it."""
        ...

    def of(self, network: Network) -> float:
        """Of one network; infinite where it was never counted, so that such a network keeps no limit on it."""
        ...

    def parse(self, text: str) -> float:
        """A limit as users write it.

        Raises:
            ValueError: it is none; says what was found and how one is written.
        """
        ...

    def shown(self, value: float) -> str:
        """A value with its unit, as people read it."""
        ...


def uncounted(network: OtherNetwork) -> float | None:
    """For objectives that nobody counts for networks of other libraries."""
    del network
    return None


@dataclass(frozen=True, kw_only=True)
class CostObjective:
    """An objective by a `formula` of summed costs; `of_other` gives it for networks of other libraries."""

    name: str
    unit: str
    words: str
    column: str
    formula: Formula
    parse: Callable[[str], float]
    shown: Callable[[float], str]
    of_other: Callable[[OtherNetwork], float | None] = uncounted

    def of(self, network: Network) -> float:
        """See `Objective`."""
        if isinstance(network, ArchConfig):
            return float(self.formula(cost_columns(arch_cost(network).vector()[None]))[0])
        found = self.of_other(network)
        return math.inf if found is None else float(found)


def cost_columns(costs: np.ndarray) -> CostColumns:
    """Summed costs (n, len(COST_FIELDS)) by name."""
    return {name: costs[:, index] for index, name in enumerate(COST_FIELDS)}


def values_of(objective: Objective, networks: Sequence[Network]) -> np.ndarray:
    """An objective of networks, (n,)."""
    return np.array([objective.of(each) for each in networks], dtype=float)

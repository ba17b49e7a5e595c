"""Weights, and all that the block that moves most reads and writes: more than inference needs."""

import math
from dataclasses import dataclass

from nas.search.networks import Network
from nas.search.objectives.objective import Formula
from nas.units import format_memory, parse_memory
from search_space import ArchConfig, operators

BYTES = 4  # of an fp32 element


def memory_mb(network: Network, bytes_per_element: int = BYTES) -> float:
    """In 1e6 bytes; infinite where it was never counted, so that such a network keeps no limit on it."""
    if not isinstance(network, ArchConfig):
        return math.inf if network.memory_mb is None else network.memory_mb * bytes_per_element / 4
    costs = [op.cost for _, op in operators(network)]
    elements = sum(cost.weights for cost in costs) + max(cost.activations for cost in costs)
    return elements * bytes_per_element / 1e6


@dataclass(frozen=True, kw_only=True)
class Memory:
    """See this file; the busiest block is no sum, so that networks are built up operator by operator."""

    name: str = "memory"
    unit: str = "MB"
    words: str = "weights and the busiest block's tensors, in fp32"
    column: str = "memory_mb"
    formula: Formula | None = None

    def of(self, network: Network) -> float:
        """See `memory_mb`."""
        return memory_mb(network)

    def parse(self, text: str) -> float:
        """Megabytes."""
        return parse_memory(text)

    def shown(self, value: float) -> str:
        """Megabytes."""
        return format_memory(value)


MEMORY = Memory()

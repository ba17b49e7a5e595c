"""Memory: weights and the busiest block."""

import math
from dataclasses import replace

from nas.search.networks import OtherNetwork
from nas.search.objectives.memory import MEMORY, memory_mb
from search_space import arch_cost, published


def test_memory_is_weights_and_the_busiest_block() -> None:
    b0 = published("mit-b0")
    assert memory_mb(b0, 4) > 4 * arch_cost(b0).weights / 1e6
    assert memory_mb(b0, 2) == memory_mb(b0, 4) / 2


def test_of_another_library_as_counted_in_fp32(other: OtherNetwork) -> None:
    assert (MEMORY.of(other), memory_mb(other, 2)) == (10.0, 5.0)
    assert MEMORY.of(replace(other, memory_mb=None)) == math.inf  # type: ignore[type-var]


def test_limits_are_sizes() -> None:
    assert MEMORY.parse("1.5GB") == 1500.0
    assert MEMORY.shown(45.26) == "45.3 MB"

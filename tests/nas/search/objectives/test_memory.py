"""Memory: weights and the busiest block."""

from nas.search.objectives.memory import memory_mb
from search_space import arch_cost, published


def test_memory_is_weights_and_the_busiest_block() -> None:
    b0 = published("mit-b0")
    assert memory_mb(b0, 4) > 4 * arch_cost(b0).weights / 1e6
    assert memory_mb(b0, 2) == memory_mb(b0, 4) / 2

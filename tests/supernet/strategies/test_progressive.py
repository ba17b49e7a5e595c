"""Progressive shrinking opens one kind of choice after the other."""

from collections.abc import Callable

from search_space import named_space
from supernet.strategies import StepContext
from supernet.strategies.progressive import ProgressiveShrinking


def test_progressive_shrinking_opens_kernels_then_depths_then_the_rest(
    context: Callable[..., StepContext],
) -> None:
    space = named_space("digits")
    strategy = ProgressiveShrinking(space)
    assert strategy.size(0.1) == 1
    kernels, depths = strategy.fixed_genes(0.3), strategy.fixed_genes(0.5)
    assert "levels.4.kernel" not in kernels
    assert "levels.4.depth" in kernels
    assert "levels.4.depth" not in depths
    assert "levels.4.width" in depths
    assert strategy.fixed_genes(0.9) == frozenset()
    largest = space.largest()
    for number in range(20):
        (_, entry) = strategy.plan(context(space, 0.3, number))
        assert [level.depth for level in entry.arch.levels] == [level.depth for level in largest.levels]
        assert [level.width for level in entry.arch.levels] == [level.width for level in largest.levels]

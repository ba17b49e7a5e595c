"""Progressive shrinking (Once-for-all, arXiv 1908.09791): choices open one kind after the other.

First the largest alone; then kernels and attention scales, then depth and what a level consists of, then widths and
the rest. The paper's teacher is a frozen copy of the largest; here it is the largest itself, which goes on learning.
"""

from search_space import SearchSpace
from supernet.strategies.protocol import LABELS, TEACHER, Pass, StepContext

_PHASES: tuple[tuple[float, tuple[str, ...]], ...] = (
    (0.25, ()),
    (0.45, ("resolution", "kernel", "scales", "query_kernels")),
    (0.65, ("depth", "present", "block", "attention", "downsample")),
)
"""Until that progress, what is open in addition; afterwards everything is."""


class ProgressiveShrinking:
    """The largest and a random member of a space that grows downwards."""

    def __init__(self, space: SearchSpace) -> None:
        self.space = space
        self._base = space.encode(space.largest())

    def size(self, progress: float) -> int:
        """One pass until the first choices open, then two."""
        return 1 if progress < _PHASES[0][0] else 2

    def plan(self, context: StepContext) -> list[Pass]:
        """The largest, and from the second phase on a random one."""
        passes = [Pass(arch=self.space.largest(), target=LABELS, role="largest")]
        if self.size(context.progress) > 1:
            fixed = self.fixed_genes(context.progress)
            arch = context.draw(context.first_draw, fixed=fixed, base=self._base)
            passes.append(Pass(arch=arch, target=TEACHER, role="random"))
        return passes

    def fixed_genes(self, progress: float) -> frozenset[str]:
        """Names of the genes that still are the largest's."""
        opened: set[str] = set()
        for end, kinds in _PHASES:
            opened |= set(kinds)
            if progress < end:
                return frozenset(g.name for g in self.space.genes if g.name.split(".")[-1] not in opened)
        return frozenset()

"""Uniform sampling of single paths (SPOS, arXiv 1904.00420): one random sub-network a step, on the labels."""

from search_space import SearchSpace
from supernet.strategies.protocol import LABELS, Pass, StepContext


class SinglePath:
    """Every step trains one random sub-network."""

    def __init__(self, space: SearchSpace) -> None:
        self.space = space

    def size(self, progress: float) -> int:
        """One pass, however far the run is."""
        del progress
        return 1

    def plan(self, context: StepContext) -> list[Pass]:
        """The step's own random member, on the labels."""
        return [Pass(arch=context.draw(context.first_draw), target=LABELS, role="random")]

"""The sandwich rule (BigNAS, arXiv 2003.11142): largest on the labels, smallest and random on its predictions."""

from search_space import ArchConfig, SearchSpace
from supernet.strategies.protocol import LABELS, TEACHER, Pass, StepContext

RANDOM_MEMBERS = 2


class Sandwich:
    """Every step trains the largest, the smallest and two random sub-networks."""

    def __init__(self, space: SearchSpace) -> None:
        self.space = space

    def size(self, progress: float) -> int:
        """Four passes, however far the run is."""
        del progress
        return 2 + RANDOM_MEMBERS

    def plan(self, context: StepContext) -> list[Pass]:
        """The largest on the labels, then the smallest and random members on its predictions."""
        return [
            Pass(arch=self.space.largest(), target=LABELS, role="largest"),
            Pass(arch=self.space.smallest(), target=TEACHER, role="smallest"),
            *(Pass(arch=arch, target=TEACHER, role="random") for arch in self._random(context)),
        ]

    def _random(self, context: StepContext) -> list[ArchConfig]:
        return [context.draw(context.first_draw + index) for index in range(RANDOM_MEMBERS)]

"""Two phases: what trains the shared weights quickly first, what a search needs afterwards.

At small budgets the sandwich rule alone distils from a teacher that knows nothing yet. Training single paths on the
labels first gives every choice a start, training the largest first (as Once-for-all does, arXiv 1908.09791) gives a
teacher.
"""

from search_space import SearchSpace
from supernet.strategies.protocol import LABELS, TEACHER, Pass, StepContext
from supernet.strategies.sandwich import Sandwich
from supernet.strategies.single_path import SinglePath

FIRST_PHASE = 0.5  # share of the steps
LARGEST_EVERY = 4  # steps


class SingleThenPair:
    """Single paths on the labels; then the largest on the labels and a random one on its predictions."""

    def __init__(self, space: SearchSpace) -> None:
        self.space = space
        self._single = SinglePath(space)

    def size(self, progress: float) -> int:
        """One pass in the first half, then two."""
        return 1 if progress < FIRST_PHASE else 2

    def plan(self, context: StepContext) -> list[Pass]:
        """A single path in the first half, then the largest and a random member that learns from it."""
        if context.progress < FIRST_PHASE:
            return self._single.plan(context)
        return [
            Pass(arch=self.space.largest(), target=LABELS, role="largest"),
            Pass(arch=context.draw(context.first_draw), target=TEACHER, role="random"),
        ]


class SingleWithLargest(SinglePath):
    """Single paths on the labels, every fourth step the largest: no distillation, but the largest is trained."""

    def plan(self, context: StepContext) -> list[Pass]:
        """The largest in every fourth step, else the next random one."""
        rounds, place = divmod(context.first_draw, LARGEST_EVERY)  # this recipe has one draw a step
        if place == LARGEST_EVERY - 1:
            return [Pass(arch=self.space.largest(), target=LABELS, role="largest")]
        number = rounds * (LARGEST_EVERY - 1) + place  # a number left out would leave decks incomplete
        return [Pass(arch=context.draw(number), target=LABELS, role="random")]


class LargestThenSandwich:
    """The largest on the labels; then the sandwich rule."""

    def __init__(self, space: SearchSpace) -> None:
        self.space = space
        self._sandwich = Sandwich(space)

    def size(self, progress: float) -> int:
        """One pass in the first half, then those of the sandwich rule."""
        return 1 if progress < FIRST_PHASE else self._sandwich.size(progress)

    def plan(self, context: StepContext) -> list[Pass]:
        """The largest alone in the first half, so that it can teach the others by the sandwich rule then."""
        if context.progress < FIRST_PHASE:
            return [Pass(arch=self.space.largest(), target=LABELS, role="largest")]
        return self._sandwich.plan(context)

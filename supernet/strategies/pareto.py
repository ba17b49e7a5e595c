"""Pareto-aware sampling (AttentiveNAS, arXiv 2011.09011): of several random members at the same cost, train the best
or the worst, judged by the loss on the current batch.
"""

from search_space import ArchConfig
from supernet.strategies.protocol import StepContext
from supernet.strategies.sandwich import RANDOM_MEMBERS, Sandwich

CANDIDATES, POOL = 3, 12


class _Attentive(Sandwich):
    """The sandwich rule whose random members are picked; costs forward passes besides."""

    best: bool

    def _random(self, context: StepContext) -> list[ArchConfig]:
        return [self._pick(context, context.first_draw + index * POOL) for index in range(RANDOM_MEMBERS)]

    def _pick(self, context: StepContext, first: int) -> ArchConfig:
        """The best or worst of the candidates of a pool whose cost is nearest to that of its first member."""
        pool = [context.draw(first + index) for index in range(POOL)]
        target = context.cost(pool[0])
        nearest = sorted(pool, key=lambda arch: abs(context.cost(arch) - target))[:CANDIDATES]
        return (min if self.best else max)(nearest, key=context.loss)


class BestUp(_Attentive):
    """Train what promises most at its cost, to push the front upwards."""

    best = True


class WorstUp(_Attentive):
    """Train what lags most at its cost, to lift the whole space."""

    best = False

"""What a search knows while it runs: the front of everything seen, and its hypervolume over trials."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from nas.disk.files import write_text
from nas.search.arrays import Judged
from nas.search.front import hypervolume
from nas.search.pareto import Told

POINTS = 400  # of the hypervolume curve, about


@dataclass(kw_only=True, eq=False)
class Progress:
    """Keeps `front` in step with what is judged and the curve of its hypervolume.

    The `reference` (m,) is the corner of the box whose share the front dominates; one objective reaches down to 0.
    """

    reference: np.ndarray
    trials: int
    on_trials: Callable[[int], None]
    done: int = 0
    curve: list[tuple[int, float, int]] = field(default_factory=list)  # trials, share of the box, networks on it

    def advance(self, front: Told | None, count: int) -> None:
        """Note that `count` more trials led to this front."""
        self.done += count
        last = self.curve[-1][0] if self.curve else -self.trials
        if front is not None and (self.done - last >= self.trials / POINTS or self.done >= self.trials):
            points = front.objectives
            share = hypervolume(points, self.reference.tolist()) / float(np.prod(self.reference))
            self.curve.append((self.done, share, len(points)))
        self.on_trials(self.done)

    def stalled(self, window: int, growth: float) -> bool:
        """Whether the hypervolume grew by less than that share of itself over the last `window` trials."""
        before = [share for done, share, _ in self.curve if done <= self.done - window]
        return bool(before) and self.curve[-1][1] <= before[-1] * (1 + growth)

    def write(self, path: Path) -> None:
        """The curve as CSV: trials, hypervolume as a share of the reference box, networks on the front."""
        lines = [f"{done},{share:.6f},{size}" for done, share, size in self.curve]
        write_text(path, "\n".join(["trials,hypervolume,front", *lines, ""]))


def told(genotypes: np.ndarray, judged: Judged) -> Told:
    """Judged genotypes as the evolution takes them."""
    return Told(genotypes=genotypes, objectives=judged.objectives, violations=judged.violations)

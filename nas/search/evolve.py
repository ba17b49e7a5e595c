"""A search by whole batches of genotypes: ask, judge, tell, write; 100,000 candidates take less than a minute.

The evolution depends on its seed and on the judge alone. After a kill it is repeated from the start - what a supernet
evaluated is on disk, and predictors are quick - and only the records that the journal lacks are appended.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from nas.search.arrays import ArrayJudge
from nas.search.journal import WRITTEN_WHOLE, finished_trials, open_journal
from nas.search.pareto import Told
from nas.search.progress import Progress, told
from search_space import SearchSpace

GROWTH = 1e-3  # of the hypervolume, below which a front does not grow


class Evolution(Protocol):
    """What asks for genotypes: `ParetoEvolution` or one that looks ahead with a model."""

    @property
    def front(self) -> Told | None:
        """The front of everything told."""
        ...

    def ask(self, count: int) -> np.ndarray:
        """New genotypes (at most `count`, g)."""
        ...

    def tell(self, told: Told) -> np.ndarray:
        """Take in judged genotypes; which joined the front, (n,) bool."""
        ...


def run_evolution(
    space: SearchSpace,
    judge: ArrayJudge,
    evolution: Evolution,
    progress: Progress,
    *,
    storage: Path,
    metrics: Sequence[str],
    batch: int,
    patience: int | None = None,
    growth: float = GROWTH,
) -> None:
    """Judge `progress.trials` genotypes, or all there are if these are fewer, and keep the study in `storage`.

    The `metrics` are the names of the objectives, in their order. With `patience` the search ends once the front has
    not grown by that share over that many trials.
    """
    archive, written = None, 0
    while progress.done < progress.trials:
        genotypes = evolution.ask(min(batch, progress.trials - progress.done))
        if not len(genotypes):
            break
        judged = judge(genotypes)
        joined = evolution.tell(told(genotypes, judged))
        if archive is None:
            archive = open_journal(storage, metrics)
            kept = len(archive.get_trials(deepcopy=False))
        rows = np.flatnonzero(joined | (np.arange(len(genotypes)) + progress.done < WRITTEN_WHOLE))
        missing = rows[max(0, kept - written) :]
        if len(missing):
            excess = {name: each[missing] for name, each in judged.excess.items()}
            part = type(judged)(objectives=judged.objectives[missing], excess=excess)
            numbers = (progress.done + missing).tolist()
            archive.add_trials(finished_trials(space, genotypes[missing], part, numbers))
        written += len(rows)
        progress.advance(evolution.front, len(genotypes))
        if patience is not None and progress.stalled(patience, growth):
            break

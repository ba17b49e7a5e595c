"""How a search went: the hypervolume after each trial."""

from dataclasses import dataclass

import numpy as np

from nas.runs import Trials
from nas.search.front import hypervolume, pareto_mask


@dataclass(frozen=True, kw_only=True)
class Growth:
    """Hypervolume in percent of the box up to `reference` (error, latency): `trial` and `share` at each rise."""

    trial: tuple[int, ...]
    share: tuple[float, ...]
    reference: tuple[float, float]


def growth(trials: Trials, *, budget_ms: float | None) -> Growth:
    """How the hypervolume of the trials within the constraints grew.

    The box reaches from (0, 0) to the worst error met and the budget, or the largest latency met without one.
    """
    points = trials.objectives[trials.feasible]
    if not len(points):
        return Growth(trial=(), share=(), reference=(100.0, budget_ms or 1.0))
    # a little beyond the worst, so that the worst counts
    reference = (min(100.0, float(points[:, 0].max()) * 1.001), budget_ms or float(points[:, 1].max()) * 1.001)
    front, rises = np.empty((0, 2)), [(1, 0.0)]
    for position in np.flatnonzero(trials.feasible):
        point = trials.objectives[position]
        if len(front) and (front <= point).all(axis=1).any():
            continue
        front = np.vstack([front, point])
        front = front[pareto_mask(front)]
        rises.append((int(trials.places[position]), share_of(front, reference)))
    rises.append((trials.count, rises[-1][1]))
    return Growth(trial=tuple(at for at, _ in rises), share=tuple(value for _, value in rises), reference=reference)


def share_of(objectives: np.ndarray, reference: tuple[float, float]) -> float:
    """Hypervolume of `objectives`, shape (n, 2), in percent of the box up to `reference`."""
    return 100 * hypervolume(objectives, reference) / (reference[0] * reference[1])

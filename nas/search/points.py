"""Candidates as points: the error, the upper latency end on each target, and on request what a network costs.

Shapes: n networks, m objectives.
"""

from collections.abc import Sequence

import numpy as np

from nas.search.goals import Goals
from nas.search.judge import Candidate
from search_space import ArchConfig


def objectives_of(candidates: Sequence[Candidate], goals: Goals) -> np.ndarray:
    """Minimised objectives (n, m): error in percent, latencies in ms, then the costs that `goals` minimise."""
    points = np.array([each.objectives for each in candidates]).reshape(len(candidates), 1 + len(goals.budgets_ms))
    return np.concatenate([points, goals.costs_of([each.network for each in candidates])], axis=1)


def reference_point(points: np.ndarray, goals: Goals, largest: ArchConfig) -> np.ndarray:
    """The corner (m,) up to which hypervolume counts.

    It is the worst error of `points` (n, m), the budgets, and the limits on costs or, without one, what the `largest`
    network costs.
    """
    costs = goals.costs_of([largest])[0].tolist()
    corner = [goals.limits.get(name, cost) for name, cost in zip(goals.minimised, costs, strict=True)]
    return np.array([points[:, 0].max(), *goals.budgets_ms, *corner])

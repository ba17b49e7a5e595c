"""What a search minimises: the error, the upper latency end on each device, and on request what a network costs.

Shapes: n networks, m objectives.
"""

from collections.abc import Sequence

import numpy as np

from nas.search.goals import Goals, check_costs
from nas.search.judge import Candidate
from search_space import ArchConfig

ALWAYS = ("error", "latency")


def further_objectives(names: Sequence[str]) -> tuple[str, ...]:
    """Those of `names` beside error and latency, which every search minimises, each once.

    Raises:
        UserError: an unknown one.
    """
    found = tuple(dict.fromkeys(name for name in names if name not in ALWAYS))
    check_costs(found)
    return found


def objectives_of(candidates: Sequence[Candidate], goals: Goals) -> np.ndarray:
    """Minimised objectives (n, m): error in percent, latencies in ms, then the costs that `goals` minimise."""
    points = np.array([each.objectives for each in candidates]).reshape(len(candidates), 1 + len(goals.budgets_ms))
    return np.concatenate([points, goals.costs_of([each.network for each in candidates])], axis=1)


def reference_point(points: np.ndarray, goals: Goals, largest: ArchConfig) -> np.ndarray:
    """The corner (m,) up to which hypervolume counts.

    It is the worst error of `points` (n, m), the budgets, and the limits on costs or, without one, what the `largest`
    network costs.
    """
    limits = [goals.limit_on(name) for name in goals.minimised]
    costs = goals.costs_of([largest])[0].tolist()
    corner = [cost if limit is None else limit for limit, cost in zip(limits, costs, strict=True)]
    return np.array([points[:, 0].max(), *goals.budgets_ms, *corner])

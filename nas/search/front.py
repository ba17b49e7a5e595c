"""Pareto fronts of minimised objectives: which rows are on them, their ranks, crowding and hypervolume.

Shapes: n points, m objectives.
"""

from collections.abc import Sequence

import numpy as np


def pareto_mask(objectives: np.ndarray) -> np.ndarray:
    """True for each row of `objectives`, shape (n, m), that no other row dominates; equal rows keep the first.

    A row dominates another when it is nowhere larger and somewhere smaller.
    """
    return _mask_2d(objectives) if objectives.shape[1] == 2 else _mask(objectives)


def _mask_2d(objectives: np.ndarray) -> np.ndarray:
    order = np.lexsort((objectives[:, 1], objectives[:, 0]))
    second = objectives[order, 1]
    before = np.concatenate(([np.inf], np.minimum.accumulate(second)[:-1])) if len(second) else second
    mask = np.zeros(len(objectives), dtype=bool)
    mask[order] = second < before
    return mask


def _mask(objectives: np.ndarray) -> np.ndarray:
    """Sorted, a row can only be dominated by one before it: each survivor strikes out all that it dominates."""
    order = np.lexsort(objectives.T[::-1])
    left, kept = np.arange(len(order)), []
    points = objectives[order]
    while len(left):
        kept.append(left[0])
        left = left[(points[left] < points[left[0]]).any(axis=1)]
    mask = np.zeros(len(objectives), dtype=bool)
    mask[order[np.array(kept, dtype=int)]] = True
    return mask


def front_ranks(objectives: np.ndarray, enough: int | None = None) -> np.ndarray:
    """Rank of each row of `objectives` (n, m): 0 on the front, 1 on the front of the others, and so on.

    Ranks stop once `enough` rows have one; the others share the next.
    """
    ranks, left, rank = np.zeros(len(objectives), dtype=int), np.arange(len(objectives)), 0
    wanted = len(objectives) if enough is None else min(enough, len(objectives))
    while len(objectives) - len(left) < wanted:
        mask = pareto_mask(objectives[left])
        ranks[left[mask]] = rank
        left, rank = left[~mask], rank + 1
    ranks[left] = rank
    return ranks


def crowding(objectives: np.ndarray) -> np.ndarray:
    """Crowding distance (n,) of points on one front (Deb et al., 2002, IEEE TEVC 6(2), section III-B)."""
    found = np.zeros(len(objectives))
    for column in objectives.T:
        order = np.argsort(column, kind="stable")
        span = column[order[-1]] - column[order[0]]
        found[order[[0, -1]]] = np.inf
        if span > 0:
            found[order[1:-1]] += (column[order[2:]] - column[order[:-2]]) / span
    return found


def hypervolume(objectives: np.ndarray, reference: Sequence[float]) -> float:
    """Volume dominated by `objectives`, shape (n, m), up to the `reference` point (m,)."""
    inside = objectives[(objectives < np.asarray(reference)).all(axis=1)]
    front = inside[pareto_mask(inside)]
    if not len(front):
        return 0.0
    if front.shape[1] == 1:
        return float(reference[0] - front[0, 0])
    front = front[np.argsort(front[:, -1], kind="stable")]
    ends = np.append(front[1:, -1], reference[-1])
    if front.shape[1] == 2:
        return float(((ends - front[:, 1]) * (reference[0] - np.minimum.accumulate(front[:, 0]))).sum())
    # slices along the last objective, each as high as the gap to the next point
    slices = [hypervolume(front[: i + 1, :-1], reference[:-1]) for i in range(len(front))]
    return float(((ends - front[:, -1]) * slices).sum())

"""Pareto fronts of two minimised objectives."""

import numpy as np


def pareto_mask(objectives: np.ndarray) -> np.ndarray:
    """True for each row of `objectives`, shape (n, 2), that no other row dominates; equal rows keep the first.

    A row dominates another when it is nowhere larger and somewhere smaller.
    """
    order = np.lexsort((objectives[:, 1], objectives[:, 0]))
    mask = np.zeros(len(objectives), dtype=bool)
    best = np.inf
    for index in order:
        if objectives[index, 1] < best:
            mask[index] = True
            best = objectives[index, 1]
    return mask


def hypervolume(objectives: np.ndarray, reference: tuple[float, float]) -> float:
    """Area dominated by `objectives`, shape (n, 2), up to the `reference` point."""
    inside = objectives[(objectives < np.asarray(reference)).all(axis=1)]
    front = inside[pareto_mask(inside)]
    front = front[np.argsort(front[:, 0])]
    heights = np.concatenate(([reference[1]], front[:-1, 1])) - front[:, 1] if len(front) else np.zeros(0)
    return float(((reference[0] - front[:, 0]) * heights).sum())

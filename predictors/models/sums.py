"""Sums whose last bit does not depend on the machine, nor on how many networks are predicted at once."""

import numpy as np


def weighted_rows(design: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """`design @ weights` of shapes (n, k) and (k,), each row added up in the order of its columns.

    A BLAS adds one row alone and the same row among others in another order; the same network would then have two
    latencies, one of which keeps a budget and one does not.
    """
    total = np.zeros(len(design))
    for column, weight in zip(design.T, weights, strict=True):
        total += column * weight
    return total

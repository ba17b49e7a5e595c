"""Pareto fronts against brute force and closed forms."""

import numpy as np
import pytest

from nas.search.front import hypervolume, pareto_mask


@pytest.mark.parametrize("seed", range(5))
def test_mask_equals_brute_force(seed: int) -> None:
    points = np.random.default_rng(seed).integers(0, 12, size=(60, 2)).astype(float)
    points = np.unique(points, axis=0)
    dominated = [any((q <= p).all() and (q < p).any() for q in points) for p in points]
    assert (pareto_mask(points) == ~np.array(dominated)).all()


def test_equal_points_are_kept_once() -> None:
    assert pareto_mask(np.array([[1.0, 1.0], [1.0, 1.0]])).tolist() == [True, False]


def test_hypervolume_closed_form() -> None:
    points = np.array([[1.0, 3.0], [2.0, 2.0], [3.0, 1.0], [3.0, 3.0], [5.0, 0.0]])
    assert hypervolume(points, (4.0, 4.0)) == 3 + 2 + 1
    assert hypervolume(np.zeros((0, 2)), (1.0, 1.0)) == 0

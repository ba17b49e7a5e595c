"""Pareto fronts against brute force and closed forms."""

import numpy as np
import pytest

from nas.search.front import front_ranks, hypervolume, pareto_mask


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


@pytest.mark.parametrize("m", [2, 3])
def test_ranks_equal_peeling_one_front_after_another(m: int) -> None:
    points = np.unique(np.random.default_rng(m).integers(0, 6, size=(60, m)).astype(float), axis=0)
    ranks, left = front_ranks(points), np.arange(len(points))
    for rank in range(ranks.max() + 1):
        rows = points[left]
        on = [not any((q <= p).all() and (q < p).any() for q in rows) for p in rows]
        assert set(left[on]) == set(np.flatnonzero(ranks == rank))
        left = left[~np.array(on)]


def test_hypervolume_of_three_objectives_is_the_counted_volume() -> None:
    points = np.random.default_rng(0).integers(0, 6, size=(12, 3)).astype(float)
    cells = np.array(np.meshgrid(*[np.arange(6)] * 3)).reshape(3, -1).T
    counted = (points[None] <= cells[:, None]).all(axis=2).any(axis=1).sum()
    assert hypervolume(points, (6, 6, 6)) == counted

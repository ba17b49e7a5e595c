"""Attractors are those of their maps, points fill their pixels."""

import numpy as np

from supernet.data.ifs import MAX_NORM, contracted, rasterised, stamped, systems_of


def test_the_attractor_of_three_halves_is_the_sierpinski_triangle() -> None:
    from supernet.data.ifs import BURN_IN, PARTICLES, SLOTS, attractor_points

    maps = np.zeros((1, 8, 6), np.float32)
    maps[0, :3] = [[0.5, 0, 0, 0.5, 0, 0], [0.5, 0, 0, 0.5, 0.5, 0], [0.5, 0, 0, 0.5, 0, 0.5]]
    choices = np.random.default_rng(0).integers(SLOTS, size=(1, BURN_IN + 400, PARTICLES), dtype=np.uint16)
    points = attractor_points(systems_of(maps, np.array([3])), choices)
    # Its points are those whose coordinates have no binary digit 1 in common.
    x, y = np.minimum(points * 64, 63).astype(int)
    assert (x & y).max() == 0
    assert len(set((64 * x + y).ravel().tolist())) == 3**6


def test_maps_that_do_not_contract_are_made_to() -> None:
    maps = np.random.default_rng(0).uniform(-1, 1, (50, 6)).astype(np.float32)
    norms = np.linalg.norm(contracted(maps)[:, :4].reshape(-1, 2, 2), ord=2, axis=(1, 2))
    before = np.linalg.norm(maps[:, :4].reshape(-1, 2, 2), ord=2, axis=(1, 2))
    assert np.allclose(norms, np.minimum(before, MAX_NORM), atol=1e-5)


def test_points_fill_their_pixels_and_patches_are_stamped() -> None:
    points = np.array([[[0.0, 1.0]], [[0.0, 1.0]]], np.float32)
    filled = rasterised(points, 8)
    assert np.argwhere(filled[0]).tolist() == [[0, 0], [7, 7]]
    cross = np.array([[[0, 1, 0], [1, 1, 1], [0, 1, 0]]], bool)
    assert np.argwhere(stamped(filled, cross)[0]).tolist() == [[0, 0], [0, 1], [1, 0], [6, 7], [7, 6], [7, 7]]

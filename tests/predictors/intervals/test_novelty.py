"""What is unlike the fitted rows, against brute force and by hand."""

import json

import numpy as np
import pytest

from predictors.intervals.novelty import Novelty


def test_unlike_networks_are_found() -> None:
    rng = np.random.default_rng(0)
    size = rng.uniform(1, 2, 100)
    design = np.stack([np.ones(100), size, 2 * size + 0.01 * rng.standard_normal(100)], axis=1)
    novelty = Novelty.fit(design)
    assert (novelty.excess(design) > 1).mean() <= 0.02
    inside, large, bent, other = ([1, 1.5, 3.0], [1, 6, 12], [1, 1.2, 3.8], [2, 1.5, 3.0])
    excess = novelty.excess(np.array([inside, large, bent, other]))
    assert excess[0] == 1
    assert (excess[1:] > 1.5).all()  # far out; in range but unlike every fitted one; a constant that changed


def test_distance_equals_leaving_rows_out() -> None:
    """The limit's shortcut against brute force, without shrinkage playing a part: many rows."""
    design = np.random.default_rng(0).standard_normal((150, 3))
    novelty = Novelty.fit(design)
    far = []
    for row in range(150):
        rest = Novelty.fit(np.delete(design, row, axis=0))
        far.append(np.sqrt((((design[row] - rest.center) @ rest.whitening) ** 2).sum()))
    expected = np.quantile(far, 0.99, method="lower")
    assert novelty.limit / 1.25 == pytest.approx(expected, rel=0.05)


def test_a_feature_that_never_varied_counts_in_steps_of_5_percent() -> None:
    """Distance 1 for each twentieth of its value."""
    novelty = Novelty.fit(np.full((10, 1), 40.0))
    found = Novelty(center=novelty.center, whitening=novelty.whitening, limit=1.0)
    assert found.excess(np.array([[40.0], [41.0], [42.0], [46.0], [1e9]])) == pytest.approx([1, 1, 1, 3, 100])


def test_records_read_back_the_same() -> None:
    design = np.random.default_rng(0).random((30, 4))
    novelty = Novelty.fit(design)
    again = Novelty.from_record(json.loads(json.dumps(novelty.record())))
    np.testing.assert_allclose(again.excess(3 * design), novelty.excess(3 * design), rtol=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"limit": 0.0}, "limit must be positive, got 0.0"), ({"whitening": [[1.0, 0.0]]}, "whitening has shape")],
)
def test_broken_records_are_refused(change: dict[str, object], message: str) -> None:
    record = Novelty.fit(np.random.default_rng(0).random((30, 2))).record()
    with pytest.raises(ValueError, match=message):
        Novelty.from_record(record | change)

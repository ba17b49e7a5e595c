"""Networks that were measured: the closest by hand, and records that do not fit."""

import json

import numpy as np
import pytest

from predictors.intervals.novelty import Novelty
from predictors.latency.seen import SeenNetworks

SEEN = SeenNetworks(
    arch_ids=("a", "b", "c"),
    rows=np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 2.0]]),
    latency_ms=np.array([1.0, 2.0, 3.0]),
)
ROUND = Novelty(center=np.zeros(2), whitening=np.eye(2), limit=1.0)


def test_the_closest_come_first() -> None:
    assert SEEN.closest(np.array([0.0, 0.5]), ROUND, 3) == [("a", 1.0), ("c", 3.0), ("b", 2.0)]
    assert SEEN.closest(np.array([3.0, 0.0]), ROUND, 1) == [("b", 2.0)]
    assert len(SEEN.closest(np.zeros(2), ROUND, 9)) == 3


def test_the_distance_is_that_of_the_novelty() -> None:
    """Where the second feature counts ten times, c is far from a."""
    long = Novelty(center=np.zeros(2), whitening=np.diag([1.0, 10.0]), limit=1.0)
    assert [name for name, _ in SEEN.closest(np.zeros(2), long, 3)] == ["a", "b", "c"]


def test_records_read_back_the_same() -> None:
    again = SeenNetworks.from_record(json.loads(json.dumps(SEEN.record())), 2)
    assert again.arch_ids == SEEN.arch_ids
    assert (again.rows.tolist(), again.latency_ms.tolist()) == (SEEN.rows.tolist(), SEEN.latency_ms.tolist())


@pytest.mark.parametrize(
    ("change", "message"), [({"arch_ids": ["a"]}, "rows has shape"), ({"latency_ms": [1.0]}, "latency_ms")]
)
def test_records_that_do_not_fit_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SeenNetworks.from_record(SEEN.record() | change, 2)

"""The hypervolume over trials."""

import numpy as np
import pytest

from nas.report.growth import growth
from nas.runs import Trials


def test_hypervolume_grows_as_by_hand() -> None:
    points = np.array([[50.0, 8.0], [90.0, 9.0], [20.0, 20.0], [40.0, 9.0], [100.0, 1.0]])
    feasible = np.array([True, True, False, True, True])
    trials = Trials(objectives=points, feasible=feasible, places=np.array([1, 2, 3, 7, 9]), count=12)
    found = growth(trials, budget_ms=10.0)
    # box 100 x 10: 50 x 2 from the first, 10 x 1 more from the fourth; the worst error lies on the edge
    assert found.reference == (100.0, 10.0)
    assert found.trial == (1, 1, 7, 9, 12)
    assert found.share == pytest.approx((0.0, 10.0, 11.0, 11.0, 11.0))

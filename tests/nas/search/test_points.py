"""Candidates as points, and the corner up to which hypervolume counts."""

from collections.abc import Callable

import numpy as np
import pytest

from nas.search.goals import Goals
from nas.search.judge import Candidate
from nas.search.points import objectives_of, reference_point
from search_space import arch_cost, published

Judged = Callable[..., Candidate]
COSTLY = Goals(budgets_ms=(10.0, 20.0), minimised=("params", "macs"), limits={"macs": 300e6})


def test_points_are_the_error_that_counts_the_upper_ends_and_the_costs(candidate: Judged) -> None:
    known = candidate(80.0, 3.0, 5.0)
    expected = candidate(70.0, 2.0, 4.0, half=2.0, origin="prior", network="mit-b1")
    b0, b1 = arch_cost(published("mit-b0")), arch_cost(published("mit-b1"))
    assert objectives_of([known, expected], COSTLY) == pytest.approx(
        np.array([[20.0, 3.0, 5.0, b0.parameters, b0.macs], [32.0, 2.0, 4.0, b1.parameters, b1.macs]])
    )


def test_no_candidates_are_points_of_as_many_objectives() -> None:
    assert objectives_of([], COSTLY).shape == (0, 5)
    assert objectives_of([], Goals(budgets_ms=(1.0,))).shape == (0, 2)


def test_the_corner_is_the_worst_error_the_budgets_and_what_the_largest_network_may_cost() -> None:
    b3 = published("mit-b3")
    points = np.array([[20.0, 3, 5, 1, 1], [32.0, 2, 4, 1, 1], [25.0, 50, 4, 1, 1]])
    corner = reference_point(points, COSTLY, b3)
    assert corner == pytest.approx([32.0, 10.0, 20.0, arch_cost(b3).parameters, 300e6])

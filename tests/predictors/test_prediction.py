"""What every predictor shares: the nearest of some rows, costs by operator, and confidences that can be."""

import numpy as np
import pytest

from predictors.prediction import check_confidence, nearest, operator_costs
from search_space import arch_cost_vector, operators, published


def test_the_nearest_by_hand() -> None:
    rows = np.array([[0.0, 0.0], [1.0, 1.0], [4.0, 0.0], [0.0, -1.0]])
    found = nearest(rows, np.array([0.5, 0.0]), ["a", "b", "c", "d"], np.array([1.0, 2.0, 3.0, 4.0]), 3)
    assert found == [("a", 1.0), ("b", 2.0), ("d", 4.0)]


def test_of_equally_near_ones_the_first_comes_first() -> None:
    rows = np.array([[1.0], [-1.0], [1.0]])
    assert [name for name, _ in nearest(rows, np.zeros(1), ["a", "b", "c"], np.ones(3), 3)] == ["a", "b", "c"]
    assert nearest(np.zeros((0, 1)), np.zeros(1), [], np.zeros(0), 3) == []


def test_costs_by_operator_add_up_to_the_network() -> None:
    arch = published("msra-m4")
    costs = operator_costs(arch)
    assert len(costs) == len(operators(arch))
    assert costs.sum(axis=0).tolist() == arch_cost_vector(arch).tolist()


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.999])
def test_confidences_that_can_be(confidence: float) -> None:
    check_confidence(confidence)


@pytest.mark.parametrize("confidence", [0.49, 1.0, -1.0, float("nan")])
def test_confidences_that_cannot_be(confidence: float) -> None:
    with pytest.raises(ValueError, match=f"confidence must be at least 0.5 and below 1, got {confidence}"):
        check_confidence(confidence)

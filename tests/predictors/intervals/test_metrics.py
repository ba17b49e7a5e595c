"""Errors in closed form."""

import numpy as np
import pytest

from predictors.intervals.metrics import metrics


def test_metrics_closed_form() -> None:
    found = metrics(np.array([1.0, 2.18, 3.0, 5.0]), np.array([1.0, 2.0, 3.0, 4.0]))
    assert found["mape"] == pytest.approx((0 + 0.09 + 0 + 0.25) / 4)
    assert found["within_5"] == 0.5
    assert found["within_10"] == 0.75
    assert found["kendall"] == pytest.approx(1)


def test_rank_correlations_look_at_the_order_alone() -> None:
    measured = np.array([1.0, 2.0, 3.0, 4.0])
    found = metrics(np.array([1.0, 3.0, 2.0, 40.0]), measured)
    assert found["kendall"] == pytest.approx((5 - 1) / 6)  # 5 of 6 pairs in order
    assert found["spearman"] == pytest.approx(1 - 6 * 2 / (4 * 15))
    assert metrics(-measured + 5, measured)["kendall"] == pytest.approx(-1)


def test_what_never_varies_ranks_nothing() -> None:
    found = metrics(np.ones(3), np.array([1.0, 2.0, 4.0]))
    assert (found["kendall"], found["spearman"]) == (0, 0)
    assert found["mape"] == pytest.approx((0 + 0.5 + 0.75) / 3)
    assert found["p90"] == pytest.approx(0.5 + 0.8 * 0.25)

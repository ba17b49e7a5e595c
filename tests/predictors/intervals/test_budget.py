"""The contract on devices whose truth is known, above all where picking seeks out the errors."""

import numpy as np
import pytest

from predictors.intervals.budget import BudgetContract, Surplus, pick, tolerance_limit
from predictors.intervals.conformal import NoIntervalError


def test_pick_takes_the_best_that_fits() -> None:
    upper, value = np.array([1.0, 2.0, 3.0, 2.5]), np.array([1.0, 5.0, 9.0, 5.0])
    assert [pick(upper, value, budget) for budget in (0.5, 1.0, 2.7, 3.0)] == [None, 0, 1, 2]


@pytest.mark.parametrize("value_noise", [None, 0.0, 0.02, 0.2])
def test_answers_keep_the_budget_although_they_were_picked(value_noise: float | None) -> None:
    """Truth: predictions are off by 2 %, and the value goes with the true latency, not with the predicted one."""
    kept, naive = [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        measured = np.exp(rng.uniform(0, 2, 1100))
        predicted = measured * np.exp(0.02 * rng.standard_normal(1100))
        noise = value_noise or 0.0
        value = None if value_noise is None else 3 * np.log(measured) + noise * rng.standard_normal(1100)
        cal, new = slice(0, 200), slice(200, None)
        taken = None if value is None else value[cal]
        contract = BudgetContract.fit(predicted[cal], predicted[cal], measured[cal], confidence=0.95, value=taken)
        offered = None if value is None else value[new]
        upper = contract.upper(predicted[new], predicted[new], value=offered)
        for budget in rng.uniform(1.5, 6.5, 50):
            for ends, shares in ((upper, kept), (predicted[new], naive)):
                found = pick(ends, ends if offered is None else offered, budget)
                shares.append(measured[new][found] <= budget)
    assert np.mean(kept) >= 0.95
    assert np.mean(naive) < 0.75


def test_a_value_that_says_nothing_costs_nothing() -> None:
    rng = np.random.default_rng(0)
    measured = np.exp(rng.uniform(0, 2, 300))
    predicted = measured * np.exp(0.02 * rng.standard_normal(300))
    value = np.log(predicted) + 0.1 * rng.standard_normal(300)
    contract = BudgetContract.fit(predicted, predicted, measured, confidence=0.9, value=value)
    assert contract.surplus is not None
    assert contract.surplus.slope == 0
    assert contract.margin < 0.05


def test_exact_surplus_gives_the_truth() -> None:
    rng = np.random.default_rng(0)
    log_predicted = np.tile(rng.uniform(0, 2, 100), 2)
    error = np.repeat([0.05, -0.05], 100)  # uncorrelated with the prediction
    value = 2 * (log_predicted + error)
    surplus = Surplus.fit(log_predicted, error, value)
    correction = surplus.correction(np.exp(log_predicted), value)
    np.testing.assert_allclose(correction, error, atol=1e-9)
    beyond = surplus.correction(np.ones(1), np.array([surplus.start + surplus.largest + 2.0]))
    assert beyond[0] == pytest.approx(surplus.slope * (surplus.largest + 2) + (1 / surplus.rate - surplus.slope) * 2)


def test_tolerance_limit_closed_form() -> None:
    """The largest of 59 scores is above 95 % of all with chance 1 - 0.95**59 = 0.9515; of 58, with less than 0.95."""
    scores = np.arange(59.0)
    assert tolerance_limit(scores, confidence=0.95, assurance=0.95) == 58
    assert tolerance_limit(np.arange(93.0), confidence=0.95, assurance=0.95) == 91
    assert tolerance_limit(np.arange(19.0), confidence=0.95, assurance=0.95) == 18
    with pytest.raises(NoIntervalError, match="no budget can be promised at 95%: it needs 19 networks, got 18"):
        tolerance_limit(np.arange(18.0), confidence=0.95, assurance=0.95)


def test_values_must_be_given_where_they_were_learned() -> None:
    one = np.linspace(1, 2, 30)
    contract = BudgetContract.fit(one, one, one, confidence=0.9, value=one)
    with pytest.raises(ValueError, match="give the value of each candidate"):
        contract.upper(one, one)

"""Sums of parts are found, measurements are not taken for sums."""

import numpy as np
import pytest

from predictors.latency.audit import composition, one_hot


def choices(n: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 4, (n, 6))


def summed(found: np.ndarray) -> np.ndarray:
    parts = one_hot(found)
    return 3 + parts @ np.random.default_rng(1).uniform(0.1, 2, parts.shape[1])


def test_an_exact_sum_is_called_composed() -> None:
    found = choices(60)
    answer = composition(one_hot(found), summed(found))
    assert answer.composed
    assert answer.parts == 1 + 6 * 3
    assert "look composed, not measured: a sum of 19 parts" in answer.warning()


def test_a_sum_printed_with_six_digits_is_called_composed() -> None:
    found = choices(60)
    printed = np.array([float(f"{ms:.6g}") for ms in summed(found)])
    assert composition(one_hot(found), printed).composed


@pytest.mark.parametrize("noise", [1e-4, 1e-2])
def test_a_measured_sum_is_not(noise: float) -> None:
    found = choices(60)
    latency = summed(found) * np.exp(noise * np.random.default_rng(2).standard_normal(60))
    answer = composition(one_hot(found), latency)
    assert not answer.composed
    assert answer.warning() == ""


def test_as_many_parts_as_rows_prove_nothing() -> None:
    found = choices(20)
    latency = np.random.default_rng(3).uniform(1, 9, 20)
    assert not composition(one_hot(found), latency).composed


def test_one_hot_counts_each_choice() -> None:
    assert one_hot(np.array([[0, 7], [2, 7]])).tolist() == [[1, 0, 1], [0, 1, 1]]

"""Verdicts on sums of blocks whose truth is known."""

import numpy as np
import pytest

from predictors.latency.additivity import Additivity, additivity


@pytest.mark.parametrize(
    ("factor", "constant", "whole", "verdict"),
    [(1.0, 0.0, 0.02, "valid"), (0.8, 0.0, 0.02, "corrected"), (0.8, 0.5, 0.02, "corrected"), (1, 0, 0, "valid")],
)
def test_verdict_on_known_truths(factor: float, constant: float, whole: float, verdict: str) -> None:
    sums = np.random.default_rng(0).uniform(1, 9, 40)
    found = additivity(sums, factor * sums + constant, whole_error=whole)
    assert found.verdict == verdict
    assert found.bias == pytest.approx(np.median(sums / (factor * sums + constant)) - 1)
    assert verdict in found.describe()


def test_a_sum_with_gaps_falls_back_to_whole_networks() -> None:
    rng = np.random.default_rng(0)
    sums = rng.uniform(1, 9, 40)
    found = additivity(sums, sums * np.exp(0.2 * rng.standard_normal(40)), whole_error=0.03)
    assert found.verdict == "whole networks"


@pytest.mark.parametrize(
    ("error", "corrected", "whole", "verdict"),
    [
        (0.05, 0.01, 0.05, "valid"),
        (0.051, 0.01, 0.06, "corrected"),
        (0.04, 0.01, 0.03, "corrected"),
        (0.04, 0.031, 0.03, "whole networks"),
    ],
)
def test_a_bare_sum_stands_up_to_5_percent_and_only_if_nothing_is_better(
    error: float, corrected: float, whole: float, verdict: str
) -> None:
    found = Additivity(bias=0.0, error=error, corrected_error=corrected, whole_error=whole)
    assert found.verdict == found.record()["verdict"] == verdict

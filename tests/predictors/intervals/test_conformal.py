"""Exact ranks, coverage over many draws, and no interval where none can be had."""

import numpy as np
import pytest

from predictors.intervals.conformal import ConformalBand, NoIntervalError, networks_needed, normalising_helps


def band(n: int) -> ConformalBand:
    """Scores 1 % to n %, half of them negative."""
    scores = np.arange(1, n + 1) / 100 * np.where(np.arange(n) % 2, 1, -1)
    return ConformalBand(scores=np.sort(scores), normalised=False)


def test_ends_are_the_ranks_of_n_plus_1() -> None:
    one = np.ones(1)
    low, high = band(9).ends(one, one, confidence=0.9)
    assert (np.log(low), np.log(high)) == pytest.approx((-0.09, 0.08))
    low, high = band(19).ends(one, one, confidence=0.9)
    assert (np.log(low), np.log(high)) == pytest.approx((-0.17, 0.16))
    low, high = band(19).interval(one, one, coverage=0.9)
    assert (np.log(low), np.log(high)) == pytest.approx((-0.18, 0.18))
    assert band(9).ends(one, one, confidence=0.5) == (1.0, 1.0)


@pytest.mark.parametrize(("n", "confidence", "needed"), [(8, 0.9, 9), (18, 0.95, 19), (98, 0.99, 99), (8, 0.6, 9)])
def test_too_few_networks_give_no_interval(n: int, confidence: float, needed: int) -> None:
    one = np.ones(1)
    assert networks_needed(confidence) == needed
    with pytest.raises(
        NoIntervalError, match=f"no interval at {confidence:.0%} confidence: it needs {needed} networks"
    ):
        band(n).ends(one, one, confidence=confidence)
    with pytest.raises(NoIntervalError, match=f"there are {n}"):
        band(n).interval(one, one, coverage=confidence)
    band(needed).ends(one, one, confidence=confidence)


@pytest.mark.parametrize("normalised", [False, True])
@pytest.mark.parametrize("n", [9, 19, 40])
def test_coverage_is_exact_on_average(n: int, normalised: bool) -> None:
    """Split conformal covers ceil((n + 1) c) / (n + 1) of fresh networks on average, whatever the errors are."""
    rng, inside, below = np.random.default_rng(n), [], []
    for _ in range(400):
        std = rng.uniform(0.5, 2, n + 100)
        measured = np.exp(0.05 * std * rng.standard_t(3, n + 100))
        predicted, spread = np.ones(n + 100), std if normalised else np.ones(n + 100)
        found = ConformalBand.fit(predicted[:n], spread[:n], measured[:n], normalised=normalised)
        low, high = found.interval(predicted[n:], spread[n:], coverage=0.9)
        inside.append(((low <= measured[n:]) & (measured[n:] <= high)).mean())
        below.append((measured[n:] <= found.ends(predicted[n:], spread[n:], confidence=0.9)[1]).mean())
    promised = np.ceil((n + 1) * 0.9 - 1e-9) / (n + 1)
    assert np.mean(inside) == pytest.approx(promised, abs=0.015)
    assert np.mean(below) == pytest.approx(promised, abs=0.015)


def test_normalising_helps_where_the_spread_is_known_and_only_there() -> None:
    rng = np.random.default_rng(0)
    std = rng.uniform(0.01, 0.3, 200)
    ones = np.ones(200)
    assert normalising_helps(ones, std, np.exp(std * rng.standard_normal(200)))
    assert not normalising_helps(ones, std, np.exp(0.1 * rng.standard_normal(200)))
    assert not normalising_helps(ones[:8], std[:8], ones[:8])


def test_records_read_back_the_same() -> None:
    found = band(12)
    again = ConformalBand.from_record(found.record())
    assert again.quantiles(0.9) == found.quantiles(0.9)


def test_what_is_unlike_widens_but_for_the_median() -> None:
    excess, one = np.array([1.0, 1.5, 4.0]), np.ones(3)
    low, high = band(20).ends(one, one, confidence=0.9, excess=excess)
    assert high / high[0] == pytest.approx(excess**0.8)
    assert low[0] / low == pytest.approx(excess**0.8)
    assert band(20).ends(one, one, confidence=0.5, excess=excess)[1].tolist() == [1, 1, 1]

"""Chosen probes against brute force, and when to stop."""

from collections.abc import Callable

import numpy as np
import pytest

from predictors.latency.probes import ProbePlan, plan_probes
from predictors.latency.transfer import TransferPrior

FittedPrior = Callable[[int], tuple[TransferPrior, np.ndarray, np.ndarray, np.ndarray]]
N = 60  # architectures of the pool


def brute_variance(prior: TransferPrior, known: np.ndarray, design: np.ndarray, rows: list[int]) -> float:
    """Mean posterior variance over the pool, in units of amplitude**2."""
    basis = np.concatenate([np.full((len(known), 1), 30.0), prior.basis(known, design)], axis=1)
    kernel = basis @ basis.T
    seen = kernel[np.ix_(rows, rows)] + prior.noise_share * np.eye(len(rows))
    return float((np.diag(kernel) - (kernel[rows] * np.linalg.solve(seen, kernel[rows])).sum(axis=0)).mean())


def test_each_probe_is_the_best_next_one(fitted_prior: FittedPrior) -> None:
    prior, known, design, _ = fitted_prior(2)
    plan = plan_probes(prior, known, design, count=4)
    chosen: list[int] = []
    for row in plan.rows:
        scores = [brute_variance(prior, known, design, [*chosen, i]) for i in range(N)]
        assert scores[row] == pytest.approx(min(scores), rel=1e-6)
        chosen.append(int(row))
    assert (np.diff(plan.expected_error) < 0).all()


def test_measured_rows_and_other_candidates_are_not_chosen(fitted_prior: FittedPrior) -> None:
    prior, known, design, _ = fitted_prior(2)
    first = plan_probes(prior, known, design, count=6)
    rest = plan_probes(prior, known, design, count=3, measured=first.rows[:3])
    assert rest.rows.tolist() == first.rows[3:].tolist()
    limited = plan_probes(prior, known, design, count=5, candidates=np.arange(7))
    assert set(limited.rows.tolist()) <= set(range(7))
    with pytest.raises(ValueError, match="asked for 8 probes, but the pool holds 7"):
        plan_probes(prior, known, design, count=8, candidates=np.arange(7))


@pytest.mark.parametrize(
    ("errors", "target", "expected"),
    [([9, 5, 2, 1], 2.0, 3), ([9, 5, 4.95, 4.9], None, 2), ([9, 5, 3, 1], None, 4), ([9, 8, 7], 0.5, 3)],
)
def test_when_to_stop(errors: list[float], target: float | None, expected: int) -> None:
    plan = ProbePlan(rows=np.arange(len(errors)), expected_error=np.array(errors))
    assert plan.stop_after(target=target) == expected


def test_probes_predict_better_than_random_samples(fitted_prior: FittedPrior) -> None:
    gains = []
    for seed in range(20):
        prior, known, design, latency = fitted_prior(seed)
        rng = np.random.default_rng(seed)
        probes, random = plan_probes(prior, known, design, count=6).rows, rng.choice(N, 6, replace=False)
        errors = [
            np.abs(prior.transfer(known[r], design[r], latency[r]).predict(known, design)[0] / latency - 1).mean()
            for r in (probes, random)
        ]
        gains.append(errors[1] - errors[0])
    assert np.mean(gains) > 2 * np.std(gains) / np.sqrt(len(gains))

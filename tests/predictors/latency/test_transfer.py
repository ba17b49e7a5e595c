"""Few-shot transfer and chosen probes against brute force, and on devices whose truth is known."""

import numpy as np
import pytest

from predictors.latency.probes import ProbePlan, plan_probes
from predictors.latency.transfer import TransferModel, TransferPrior, smooth_known

N, D, K = 60, 4, 5


def devices(seed: int, *, own: float = 0.1, noise: float = 0.01) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Design (n, k), true log latencies (n, d + 1) and measured ones; the last device is the new one."""
    rng = np.random.default_rng(seed)
    design = rng.random((N, K))
    shared = design @ rng.uniform(0.5, 2, K)
    log = np.stack([shared + own * design @ rng.standard_normal(K) + rng.normal() for _ in range(D + 1)], axis=1)
    return design, log, log + noise * rng.standard_normal(log.shape)


def fitted(seed: int) -> tuple[TransferPrior, np.ndarray, np.ndarray, np.ndarray]:
    design, log, measured = devices(seed)
    prior = TransferPrior.fit(log[:, :D], design, measured_ms=np.exp(measured[:, :D]), groups=list("abcd"))
    return prior, log[:, :D], design, np.exp(measured[:, D])


@pytest.mark.parametrize("seed", range(3))
def test_prediction_equals_the_gaussian_process_with_a_flat_constant(seed: int) -> None:
    """Textbook dense form, the constant as a Gaussian of enormous variance."""
    prior, known, design, latency = fitted(seed)
    model = prior.transfer(known[:10], design[:10], latency[:10])
    basis = model.prior.basis(known, design)
    flat, noise, scale = 1e6, model.prior.noise_share, model.prior.amplitude**2
    kernel = basis @ basis.T + flat
    solved = np.linalg.solve(kernel[:10, :10] + noise * np.eye(10), kernel[:10])
    mean, std = model.predict(known, design)
    assert np.log(mean) == pytest.approx(solved.T @ np.log(latency[:10]), abs=1e-5)
    variance = np.diag(kernel) - (kernel[:10] * solved).sum(axis=0) + noise
    assert (std / mean) ** 2 == pytest.approx(scale * variance, rel=1e-3)


def test_left_out_samples_equal_refits_without_them() -> None:
    prior, known, design, latency = fitted(0)
    model = prior.transfer(known[:12], design[:12], latency[:12])
    error, std = model.left_out
    for row in range(12):
        others = np.delete(np.arange(12), row)
        refit = TransferModel(prior=model.prior, rows=model.rows[others], log_ms=model.log_ms[others])
        mean, spread = refit.predict(known[[row]], design[[row]])
        assert error[row] == pytest.approx(np.log(latency[row] / mean[0]), abs=1e-9)
        assert std[row] == pytest.approx(spread[0] / mean[0], rel=1e-9)


def test_a_faster_copy_of_a_known_device_is_found_from_five_samples() -> None:
    design, log, _ = devices(1, noise=0)
    prior = TransferPrior.fit(log[:, :D], design, measured_ms=np.exp(log[:, :D]), groups=list("abcd"))
    latency = np.exp(log[:, 2] - 1.5)
    model = prior.transfer(log[:5, :D], design[:5], latency[:5])
    assert np.abs(model.predict(log[:, :D], design)[0] / latency - 1).mean() < 0.02
    assert int(np.argmax(model.closeness())) == 2


def test_transfer_beats_the_same_samples_alone() -> None:
    errors = []
    for seed in range(10):
        prior, known, design, latency = fitted(seed)
        model = prior.transfer(known[:8], design[:8], latency[:8])
        alone = smooth_known(latency[:8, None], design[:8], design)[:, 0]
        found = model.predict(known, design)[0]
        errors.append([np.abs(p[8:] / latency[8:] - 1).mean() for p in (found, np.exp(alone))])
    transferred, single = np.mean(errors, axis=0)
    assert transferred < 0.7 * single


def test_devices_of_one_group_are_not_predicted_from_each_other() -> None:
    design, log, measured = devices(0)
    apart = TransferPrior.fit(log, design, measured_ms=np.exp(measured), groups=list("abcde"))
    alone = TransferPrior.fit(log, design, measured_ms=np.exp(measured), groups=["a"] * 5)
    assert apart.evidence.any()
    assert not alone.evidence.any()


@pytest.mark.parametrize("latency", [[1.0], [1.0, 0.0], [1.0, float("nan")], [1.0, -2.0]])
def test_impossible_samples_are_refused(latency: list[float]) -> None:
    prior, known, design, _ = fitted(0)
    n = len(latency)
    with pytest.raises(ValueError, match="at least 2 samples, finite and positive"):
        prior.transfer(known[:n], design[:n], np.array(latency))


def test_arrays_that_do_not_match_are_refused() -> None:
    design, log, _ = devices(0)
    with pytest.raises(ValueError, match="do not match"):
        TransferPrior.fit(log, design[:3], measured_ms=np.exp(log), groups=list("abcde"))


def brute_variance(prior: TransferPrior, known: np.ndarray, design: np.ndarray, rows: list[int]) -> float:
    """Mean posterior variance over the pool, in units of amplitude**2."""
    basis = np.concatenate([np.full((len(known), 1), 30.0), prior.basis(known, design)], axis=1)
    kernel = basis @ basis.T
    seen = kernel[np.ix_(rows, rows)] + prior.noise_share * np.eye(len(rows))
    return float((np.diag(kernel) - (kernel[rows] * np.linalg.solve(seen, kernel[rows])).sum(axis=0)).mean())


def test_each_probe_is_the_best_next_one() -> None:
    prior, known, design, _ = fitted(2)
    plan = plan_probes(prior, known, design, count=4)
    chosen: list[int] = []
    for row in plan.rows:
        scores = [brute_variance(prior, known, design, [*chosen, i]) for i in range(N)]
        assert scores[row] == pytest.approx(min(scores), rel=1e-6)
        chosen.append(int(row))
    assert (np.diff(plan.expected_error) < 0).all()


def test_measured_rows_and_other_candidates_are_not_chosen() -> None:
    prior, known, design, _ = fitted(2)
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


def test_probes_predict_better_than_random_samples() -> None:
    gains = []
    for seed in range(20):
        prior, known, design, latency = fitted(seed)
        rng = np.random.default_rng(seed)
        probes, random = plan_probes(prior, known, design, count=6).rows, rng.choice(N, 6, replace=False)
        errors = [
            np.abs(prior.transfer(known[r], design[r], latency[r]).predict(known, design)[0] / latency - 1).mean()
            for r in (probes, random)
        ]
        gains.append(errors[1] - errors[0])
    assert np.mean(gains) > 2 * np.std(gains) / np.sqrt(len(gains))

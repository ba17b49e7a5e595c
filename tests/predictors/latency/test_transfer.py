"""Few-shot transfer against dense forms, refits and devices whose truth is known."""

from collections.abc import Callable

import numpy as np
import pytest

from predictors.latency.transfer import TransferModel, TransferPrior, smooth_known

Devices = Callable[..., tuple[np.ndarray, np.ndarray, np.ndarray]]
FittedPrior = Callable[[int], tuple[TransferPrior, np.ndarray, np.ndarray, np.ndarray]]
D = 4  # known devices


@pytest.mark.parametrize("seed", range(3))
def test_prediction_equals_the_gaussian_process_with_a_flat_constant(fitted_prior: FittedPrior, seed: int) -> None:
    """Textbook dense form, the constant as a Gaussian of enormous variance."""
    prior, known, design, latency = fitted_prior(seed)
    model = prior.transfer(known[:10], design[:10], latency[:10])
    basis = model.prior.basis(known, design)
    flat, noise, scale = 1e6, model.prior.noise_share, model.prior.amplitude**2
    kernel = basis @ basis.T + flat
    solved = np.linalg.solve(kernel[:10, :10] + noise * np.eye(10), kernel[:10])
    mean, std = model.predict(known, design)
    assert np.log(mean) == pytest.approx(solved.T @ np.log(latency[:10]), abs=1e-5)
    variance = np.diag(kernel) - (kernel[:10] * solved).sum(axis=0) + noise
    assert (std / mean) ** 2 == pytest.approx(scale * variance, rel=1e-3)


def test_left_out_samples_equal_refits_without_them(fitted_prior: FittedPrior) -> None:
    prior, known, design, latency = fitted_prior(0)
    model = prior.transfer(known[:12], design[:12], latency[:12])
    error, std = model.left_out
    for row in range(12):
        others = np.delete(np.arange(12), row)
        refit = TransferModel(prior=model.prior, rows=model.rows[others], log_ms=model.log_ms[others])
        mean, spread = refit.predict(known[[row]], design[[row]])
        assert error[row] == pytest.approx(np.log(latency[row] / mean[0]), abs=1e-9)
        assert std[row] == pytest.approx(spread[0] / mean[0], rel=1e-9)


def test_a_faster_copy_of_a_known_device_is_found_from_five_samples(devices: Devices) -> None:
    design, log, _ = devices(1, noise=0)
    prior = TransferPrior.fit(log[:, :D], design, measured_ms=np.exp(log[:, :D]), groups=list("abcd"))
    latency = np.exp(log[:, 2] - 1.5)
    model = prior.transfer(log[:5, :D], design[:5], latency[:5])
    assert np.abs(model.predict(log[:, :D], design)[0] / latency - 1).mean() < 0.02
    assert int(np.argmax(model.closeness())) == 2


def test_transfer_beats_the_same_samples_alone(fitted_prior: FittedPrior) -> None:
    errors = []
    for seed in range(10):
        prior, known, design, latency = fitted_prior(seed)
        model = prior.transfer(known[:8], design[:8], latency[:8])
        alone = smooth_known(latency[:8, None], design[:8], design)[:, 0]
        found = model.predict(known, design)[0]
        errors.append([np.abs(p[8:] / latency[8:] - 1).mean() for p in (found, np.exp(alone))])
    transferred, single = np.mean(errors, axis=0)
    assert transferred < 0.7 * single


def test_devices_of_one_group_are_not_predicted_from_each_other(devices: Devices) -> None:
    design, log, measured = devices(0)
    apart = TransferPrior.fit(log, design, measured_ms=np.exp(measured), groups=list("abcde"))
    alone = TransferPrior.fit(log, design, measured_ms=np.exp(measured), groups=["a"] * 5)
    assert apart.evidence.any()
    assert not alone.evidence.any()


@pytest.mark.parametrize("latency", [[1.0], [1.0, 0.0], [1.0, float("nan")], [1.0, -2.0]])
def test_impossible_samples_are_refused(fitted_prior: FittedPrior, latency: list[float]) -> None:
    prior, known, design, _ = fitted_prior(0)
    n = len(latency)
    with pytest.raises(ValueError, match="at least 2 samples, finite and positive"):
        prior.transfer(known[:n], design[:n], np.array(latency))


def test_arrays_that_do_not_match_are_refused(devices: Devices) -> None:
    design, log, _ = devices(0)
    with pytest.raises(ValueError, match="do not match"):
        TransferPrior.fit(log, design[:3], measured_ms=np.exp(log), groups=list("abcde"))

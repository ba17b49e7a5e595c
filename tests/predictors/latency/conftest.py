"""Devices whose truth is known, and networks measured on them."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest

from predictors import (
    KnownDevices,
    MeasuredLatency,
    TransferredPredictor,
    analytic_predictors,
    calibrated_predictor,
    fit_transfer,
)
from predictors.latency.transfer import TransferPrior
from search_space import ArchConfig, arch_cost, named_space

N, D, K = 60, 4, 5
DEVICES = ("raspberry-pi-5", "a100", "x86-avx2-core")


def _devices(seed: int, *, own: float = 0.1, noise: float = 0.01) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Design (n, k), true log latencies (n, d + 1) and measured ones; the last device is the new one."""
    rng = np.random.default_rng(seed)
    design = rng.random((N, K))
    shared = design @ rng.uniform(0.5, 2, K)
    log = np.stack([shared + own * design @ rng.standard_normal(K) + rng.normal() for _ in range(D + 1)], axis=1)
    return design, log, log + noise * rng.standard_normal(log.shape)


def _fitted_prior(seed: int) -> tuple[TransferPrior, np.ndarray, np.ndarray, np.ndarray]:
    design, log, measured = _devices(seed)
    prior = TransferPrior.fit(log[:, :D], design, measured_ms=np.exp(measured[:, :D]), groups=list("abcd"))
    return prior, log[:, :D], design, np.exp(measured[:, D])


@pytest.fixture(scope="session")
def devices() -> Callable[..., tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """`devices(seed, own=0.1, noise=0.01)`: four known devices and a new one."""
    return _devices


@pytest.fixture(scope="session")
def fitted_prior() -> Callable[[int], tuple[TransferPrior, np.ndarray, np.ndarray, np.ndarray]]:
    """`fitted_prior(seed)`: the prior of the known devices, what they take, the design and what the new one takes."""
    return _fitted_prior


def _slower_pi(archs: Sequence[ArchConfig], seed: int = 0) -> np.ndarray:
    """A device like the Raspberry Pi 5, 1.7 times slower, its kernels twice as expensive, 2 % of noise."""
    pi = analytic_predictors()["raspberry-pi-5"]
    launches = pi.predict(archs, confidence=0.5).p50_ms * 0.05
    noise = np.exp(0.02 * np.random.default_rng(seed).standard_normal(len(archs)))
    return np.asarray((1.7 * pi.predict(archs, confidence=0.5).p50_ms + launches) * noise)


@pytest.fixture(scope="session")
def slower_pi() -> Callable[..., np.ndarray]:
    """`slower_pi(archs, seed=0)`: latencies (n,) of a device that nobody knows."""
    return _slower_pi


@pytest.fixture(scope="session")
def known() -> KnownDevices:
    """Four devices on a pool of `efficientvit`."""
    sources = [*(analytic_predictors()[name] for name in DEVICES), calibrated_predictor("jetson-nano")]
    return KnownDevices.compare(named_space("efficientvit"), sources)


@pytest.fixture(scope="session")
def fitted(known: KnownDevices) -> TransferredPredictor:
    """The new device from a dozen probes."""
    archs, _ = known.probes(12)
    return fit_transfer(known, device="new-pi", archs=archs, latency_ms=_slower_pi(archs))


def _true_ms(arch: ArchConfig, factor: float = 1.0) -> float:
    cost = arch_cost(arch)
    return factor * (0.01 * cost.kernels + 0.4 * cost.activations / 1e6)


@pytest.fixture(scope="session")
def true_ms() -> Callable[..., float]:
    """`true_ms(arch, factor=1.0)`: what the made-up tables measure, `factor` times slower."""
    return _true_ms


@pytest.fixture(scope="session")
def measured() -> Callable[..., Mapping[ArchConfig, MeasuredLatency]]:
    """`measured(archs, factor=1.0)`: the same as measurements."""

    def found(archs: Sequence[ArchConfig], factor: float = 1.0) -> Mapping[ArchConfig, MeasuredLatency]:
        return {arch: MeasuredLatency(p50_ms=_true_ms(arch, factor), log_std=0.01) for arch in archs}

    return found

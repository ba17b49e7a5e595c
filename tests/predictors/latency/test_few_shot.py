"""Predictors of new devices: errors on held-out networks, and what cannot be transferred."""

from collections.abc import Callable

import numpy as np
import pytest

from predictors import (
    KnownDevices,
    TransferredPredictor,
    fit_transfer,
)
from search_space import named_space

SlowerPi = Callable[..., np.ndarray]


def test_a_dozen_probes_find_the_device_and_its_speed(fitted: TransferredPredictor, slower_pi: SlowerPi) -> None:
    space, rng = named_space("efficientvit"), np.random.default_rng(1)
    archs = [space.sample(rng) for _ in range(200)]
    truth = slower_pi(archs, seed=1)
    found = fitted.predict(archs, confidence=0.9)
    assert np.abs(found.p50_ms / truth - 1).mean() < 0.04
    assert (truth <= found.high_ms).mean() >= 0.88
    assert fitted.closest_devices()[0][0] in ("raspberry-pi-5", "x86-avx2-core")
    assert "new-pi: transferred from" in fitted.describe()


def test_a_transferred_device_is_no_source(fitted: TransferredPredictor) -> None:
    known = KnownDevices.compare(named_space("efficientvit"), [fitted])
    archs = list(known.pool[:5])
    with pytest.raises(ValueError, match="new-pi is itself transferred"):
        fit_transfer(known, device="other", archs=archs, latency_ms=np.ones(5))


def test_without_known_devices_there_is_nothing_to_transfer() -> None:
    with pytest.raises(ValueError, match="at least one known device"):
        KnownDevices.compare(named_space("efficientvit"), [])


def test_same_devices_same_probes(known: KnownDevices) -> None:
    again = KnownDevices.compare(named_space("efficientvit"), known.sources)
    assert [a.arch_id for a in again.probes(5)[0]] == [a.arch_id for a in known.probes(5)[0]]

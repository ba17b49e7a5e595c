"""Predictors of new devices: errors on held-out networks, files that read back the same, refusals."""

import json
from pathlib import Path

import numpy as np
import pytest

from predictors import (
    KnownDevices,
    TransferredPredictor,
    analytic_predictors,
    calibrated_predictor,
    fit_transfer,
    load_predictor,
)
from search_space import ArchConfig, named_space, published

DEVICES = ("raspberry-pi-5", "a100", "x86-avx2-core")


@pytest.fixture(scope="module")
def known() -> KnownDevices:
    sources = [*(analytic_predictors()[name] for name in DEVICES), calibrated_predictor("jetson-nano")]
    return KnownDevices.compare(named_space("efficientvit"), sources)


def slower_pi(archs: list[ArchConfig], seed: int = 0) -> np.ndarray:
    """A device like the Raspberry Pi 5, 1.7 times slower, its kernels twice as expensive, 2 % of noise."""
    pi = analytic_predictors()["raspberry-pi-5"]
    launches = pi.predict(archs, confidence=0.5).p50_ms * 0.05
    noise = np.exp(0.02 * np.random.default_rng(seed).standard_normal(len(archs)))
    return np.asarray((1.7 * pi.predict(archs, confidence=0.5).p50_ms + launches) * noise)


@pytest.fixture(scope="module")
def fitted(known: KnownDevices) -> TransferredPredictor:
    archs, _ = known.probes(12)
    return fit_transfer(known, device="new-pi", archs=archs, latency_ms=slower_pi(list(archs)))


def test_a_dozen_probes_find_the_device_and_its_speed(fitted: TransferredPredictor) -> None:
    space, rng = named_space("efficientvit"), np.random.default_rng(1)
    archs = [space.sample(rng) for _ in range(200)]
    truth = slower_pi(archs, seed=1)
    found = fitted.predict(archs, confidence=0.9)
    assert np.abs(found.p50_ms / truth - 1).mean() < 0.04
    assert (truth <= found.high_ms).mean() >= 0.88
    assert fitted.closest_devices()[0][0] in ("raspberry-pi-5", "x86-avx2-core")
    assert "new-pi: transferred from" in fitted.describe()


def test_a_saved_predictor_predicts_the_same(fitted: TransferredPredictor, tmp_path: Path) -> None:
    fitted.save(tmp_path / "new.json")
    again = load_predictor(tmp_path / "new.json")
    archs = [published("mit-b1"), published("msra-m4")]
    first, second = (each.predict(archs, confidence=0.9) for each in (fitted, again))
    for name in ("p50_ms", "low_ms", "high_ms", "extrapolated"):
        assert getattr(first, name).tolist() == getattr(second, name).tolist()
    assert fitted.closest(archs[0]) == again.closest(archs[0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema_version": "latency-transfer/9"}, "made by another version"),
        ({"sources": []}, "0 known devices, but the model has 4"),
        ({"sources": [{"schema_version": "analytic", "device": "abacus"}] * 4}, "unknown analytic device 'abacus'"),
        ({"model": {"prior": {}}}, "'known_center' is missing"),
        ({"seen": {"arch_ids": ["a"], "rows": [[1.0]], "latency_ms": [1.0]}}, "rows has shape"),
    ],
)
def test_broken_files_are_named(
    fitted: TransferredPredictor, tmp_path: Path, change: dict[str, object], message: str
) -> None:
    path = tmp_path / "new.json"
    fitted.save(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ValueError, match=f"new.json is not (a latency predictor|JSON): .*{message}"):
        load_predictor(path)


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

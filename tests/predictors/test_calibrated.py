"""Jetson priors: leave-one-out error on the published rows, honest widening where nothing was published."""

import numpy as np
import pytest

from predictors import CALIBRATED_DEVICES, calibrated_predictor
from search_space import named_space, published

LIMITS = {"jetson-agx-orin": 0.04, "jetson-nano": 0.03}


@pytest.mark.parametrize("device", CALIBRATED_DEVICES)
def test_leave_one_out_error(device: str) -> None:
    ratios = calibrated_predictor(device).leave_one_out
    assert np.abs(1 / ratios - 1).mean() <= LIMITS[device]


@pytest.mark.parametrize("device", CALIBRATED_DEVICES)
def test_intervals_hold_the_published_rows_at_their_confidence(device: str) -> None:
    predictor = calibrated_predictor(device)
    spread = predictor._spread(0.9)
    assert (predictor.leave_one_out <= spread).mean() >= 0.9


@pytest.mark.parametrize("device", CALIBRATED_DEVICES)
def test_ends_meet_at_the_median_and_open_with_confidence(device: str) -> None:
    archs = [published("mit-b1"), published("msra-m4")]
    predictor = calibrated_predictor(device)
    half = predictor.predict(archs, confidence=0.5)
    assert np.allclose(half.high_ms, half.p50_ms)
    highs = [predictor.predict(archs, confidence=c).high_ms for c in (0.5, 0.7, 0.9, 0.95, 0.99, 0.999)]
    assert (np.diff(highs, axis=0) >= 0).all()


@pytest.mark.parametrize("device", CALIBRATED_DEVICES)
def test_cascaded_group_attention_is_extrapolated_and_wider(device: str) -> None:
    found = calibrated_predictor(device).predict([published("mit-b1"), published("msra-m4")], confidence=0.9)
    assert found.extrapolated.tolist() == [False, True]
    assert found.origin == "calibrated"
    spread = found.high_ms / found.p50_ms
    assert spread[1] > 1.9 * spread[0]


@pytest.mark.parametrize("device", CALIBRATED_DEVICES)
def test_no_network_is_free(device: str) -> None:
    space, rng = named_space("efficientvit"), np.random.default_rng(0)
    found = calibrated_predictor(device).predict([space.sample(rng) for _ in range(200)], confidence=0.9)
    assert (found.p50_ms > 0).all()
    assert (found.low_ms <= found.p50_ms).all()
    assert (found.p50_ms <= found.high_ms).all()


def test_unpublished_device_is_named() -> None:
    with pytest.raises(ValueError, match="no published latencies for device 'cpu'; known: jetson-agx-orin"):
        calibrated_predictor("cpu")


@pytest.mark.parametrize("confidence", [0.4, 1.0])
def test_confidence_is_checked(confidence: float) -> None:
    with pytest.raises(ValueError, match=r"confidence must be at least 0\.5 and below 1"):
        calibrated_predictor("jetson-nano").predict([published("mit-b1")], confidence=confidence)

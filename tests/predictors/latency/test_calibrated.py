"""Jetson priors: leave-one-out error on the published rows, honest widening where nothing was published."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from predictors import CALIBRATED_DEVICES, calibrated_predictor
from predictors.features.costs import FEATURES
from search_space import ArchConfig, LevelConfig, arch_cost, named_space, published
from search_space.blocks import Sandwich
from search_space.downsamples import SEMerge

LIMITS = {"jetson-agx-orin": 0.04, "jetson-nano": 0.03}


@pytest.mark.parametrize("device", CALIBRATED_DEVICES)
def test_leave_one_out_error(device: str) -> None:
    ratios = calibrated_predictor(device).leave_one_out
    assert np.abs(1 / ratios - 1).mean() <= LIMITS[device]


@pytest.mark.parametrize("device", CALIBRATED_DEVICES)
def test_unknown_backbones_are_harder_than_unknown_rows(device: str) -> None:
    predictor = calibrated_predictor(device)
    row, backbone = (np.abs(1 / r - 1).mean() for r in (predictor.leave_one_out, predictor.leave_backbone_out))
    assert row < backbone <= 0.06
    assert f"{row:.1%}" in predictor.describe()
    assert f"{backbone:.1%}" in predictor.describe()


@pytest.mark.parametrize("device", CALIBRATED_DEVICES)
def test_intervals_hold_backbones_that_fit_and_interval_never_saw(device: str) -> None:
    """Coefficients, range and interval all without a backbone, then asked about it: a nested check, not a fit."""
    full, within = calibrated_predictor(device), []
    backbones = [model.partition("-seg-")[0] for model in full.models]
    for name in sorted(set(backbones)):
        held = np.array([backbone == name for backbone in backbones])
        known, asked = np.flatnonzero(~held), np.flatnonzero(held)
        predictor = replace(
            full,
            models=tuple(full.models[i] for i in known),
            archs=tuple(full.archs[i] for i in known),
            latency_ms=full.latency_ms[known],
        )
        found = predictor.predict([full.archs[i] for i in asked], confidence=0.9)
        within += (full.latency_ms[asked] <= found.high_ms).tolist()
    assert np.mean(within) >= 0.9


@pytest.mark.parametrize("confidence", [0.6, 0.7, 0.8, 0.9])
@pytest.mark.parametrize("device", CALIBRATED_DEVICES)
def test_interval_is_the_conformal_quantile(device: str, confidence: float) -> None:
    predictor = calibrated_predictor(device)
    logs = np.sort(np.abs(np.log(predictor.leave_backbone_out)))
    found = predictor.predict(predictor.archs, confidence=confidence)
    rank = int(np.ceil((len(logs) + 1) * (2 * confidence - 1)))
    assert np.allclose(found.high_ms / found.p50_ms, np.exp(logs[rank - 1]))
    assert not found.extrapolated.any()


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


def with_deep_level(change: Callable[[LevelConfig], LevelConfig]) -> ArchConfig:
    """B1, the level at stride 16 changed; linear attention stays at stride 32."""
    base = published("mit-b1")
    return replace(base, levels=(*base.levels[:3], change(base.levels[3]), base.levels[4]))


@pytest.mark.parametrize(
    "arch",
    [
        with_deep_level(lambda level: replace(level, blocks=(Sandwich(expand=4, attention=level.attention),))),
        with_deep_level(lambda level: replace(level, blocks=(Sandwich(expand=4),))),
        with_deep_level(lambda level: replace(level, downsample=SEMerge(expand=4))),
        replace(published("mit-b3"), resolution=(128, 128)),
        replace(published("mit-b1"), resolution=(2048, 2048)),
    ],
    ids=["sandwich", "sandwich without attention", "se_merge", "128 pixels", "2048 pixels"],
)
@pytest.mark.parametrize("device", CALIBRATED_DEVICES)
def test_what_no_published_row_contains_is_extrapolated_and_wider(device: str, arch: ArchConfig) -> None:
    found = calibrated_predictor(device).predict([published("mit-b1"), arch], confidence=0.9)
    assert found.extrapolated.tolist() == [False, True]
    spread = found.high_ms / found.p50_ms
    assert spread[1] > 1.2 * spread[0]


@pytest.mark.parametrize("device", CALIBRATED_DEVICES)
def test_kernels_of_a_cascade_cost_at_least_a_launch(device: str) -> None:
    predictor, arch = calibrated_predictor(device), published("msra-m4")
    launch_ms = predictor._coefficients[FEATURES.index("kernels")]
    kernels = arch_cost(arch).kernels + arch_cost(arch).attention_kernels
    assert launch_ms > 0
    assert predictor.predict([arch], confidence=0.5).p50_ms[0] > launch_ms * kernels


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


def test_the_l_family_is_extrapolated_only_beyond_the_published_sizes() -> None:
    """Residual stages and fused MBConv are in the published rows; 192 px and the weights of L3 are not."""
    orin = calibrated_predictor("jetson-agx-orin")
    sides = (224, 256, 288, 320, 384)
    inside = [replace(published(name), resolution=(side, side)) for name in ("mit-l1", "mit-l2") for side in sides]
    outside = [replace(published("mit-l2"), resolution=(192, 192)), published("mit-l3")]
    assert not orin.predict(inside, confidence=0.9).extrapolated.any()
    assert orin.predict(outside, confidence=0.9).extrapolated.all()

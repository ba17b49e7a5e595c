"""Analytic priors: the stated errors on published rows, closed forms, and devices in the order of their strength."""

import re

import numpy as np
import pytest

from predictors.features.costs import FEATURES
from predictors.latency.calibrated import published_rows
from predictors.latency.roofline import FAMILIES, analytic_predictors
from search_space import arch_cost, named_space, published

KNOWN = ("jetson-agx-orin", "jetson-nano", "a100", "snapdragon-8gen1")
NEEDED = ("jetson-orin-nano", "jetson-xavier-nx", "raspberry-pi-4", "raspberry-pi-5", "a100", "h100", "h200", "t4")


def test_every_needed_device_is_there() -> None:
    assert {*NEEDED, "x86-avx2-core", "x86-avx512-core"} <= set(analytic_predictors())


@pytest.mark.parametrize("device", KNOWN)
def test_published_rows_lie_within_the_stated_factor(device: str) -> None:
    _, archs, latency = published_rows(device)
    predictor = analytic_predictors()[device]
    found = predictor.predict(archs, confidence=0.9)
    assert ((found.low_ms <= latency) & (latency <= found.high_ms)).mean() >= 0.9
    assert np.median(np.abs(found.p50_ms / latency - 1)) <= predictor.family.typical


@pytest.mark.parametrize("device", analytic_predictors())
def test_latency_is_the_roofline_of_the_specification(device: str) -> None:
    predictor, arch = analytic_predictors()[device], published("mit-b1")
    cost, family = arch_cost(arch), predictor.family
    expected = family.launch_ms * (cost.kernels + cost.attention_kernels)
    moved = (cost.activations + cost.weights) * family.bytes_per_element
    expected += moved / (family.bandwidth_share * predictor.bandwidth_gbs * 1e9) * 1e3
    expected += 2 * cost.macs / (family.peak_share * predictor.peak_tflops * 1e12) * 1e3
    assert predictor.predict([arch], confidence=0.5).p50_ms[0] == pytest.approx(expected)


def test_stronger_devices_are_faster() -> None:
    archs = [published(name) for name in ("mit-b1", "mit-l2-seg-cityscapes")]
    order = ("jetson-nano", "jetson-orin-nano-4gb", "jetson-orin-nano", "jetson-orin-nx-8gb", "jetson-orin-nx")
    order += ("jetson-orin-nx-super", "jetson-agx-orin", "t4", "a100", "h100", "h200")
    found = [analytic_predictors()[name].predict(archs, confidence=0.5).p50_ms for name in order]
    assert (np.diff(found, axis=0) <= 0).all()


@pytest.mark.parametrize("device", [name for name, each in analytic_predictors().items() if each.variant_of])
def test_variants_have_the_peak_of_their_tensor_cores_and_clock(device: str) -> None:
    predictor = analytic_predictors()[device]
    found = re.search(r"(\d+) tensor cores x (\d+) FLOP x (\d+) MHz$", predictor.source)
    assert found is not None
    cores, flop, mhz = map(int, found.groups())
    assert predictor.peak_tflops == pytest.approx(cores * flop * mhz / 1e6, rel=5e-3)
    assert predictor.peak_tflops <= analytic_predictors()["jetson-agx-orin-maxn"].peak_tflops
    assert not analytic_predictors()[predictor.variant_of].variant_of


@pytest.mark.parametrize(
    "order",
    [
        ("15w", "30w", "50w", "maxn"),
        ("15w", "30w", "32gb-40w", "32gb", "maxn"),
    ],
)
def test_more_power_is_faster(order: tuple[str, ...]) -> None:
    names = [f"jetson-agx-orin-{mode}" for mode in order]
    found = [analytic_predictors()[name].predict([published("mit-b3")], confidence=0.5).p50_ms[0] for name in names]
    assert (np.diff(found) < 0).all()


def test_ends_open_with_confidence_and_cascades_are_wider() -> None:
    predictor = analytic_predictors()["t4"]
    archs = [published("mit-b1"), published("msra-m4")]
    ends = [predictor.predict(archs, confidence=c).high_ms for c in (0.5, 0.7, 0.9, 0.99)]
    assert (np.diff(ends, axis=0) > 0).all()
    assert ends[0] == pytest.approx(predictor.predict(archs, confidence=0.5).p50_ms)
    found = predictor.predict(archs, confidence=0.9)
    assert found.high_ms / found.p50_ms == pytest.approx([3, 6])
    assert found.extrapolated.tolist() == [False, True]
    assert found.origin == "analytic"


@pytest.mark.parametrize("name", FAMILIES)
def test_no_network_is_free(name: str) -> None:
    space, rng = named_space("digits"), np.random.default_rng(0)
    for predictor in analytic_predictors().values():
        if predictor.family is FAMILIES[name]:
            assert (predictor.predict([space.sample(rng) for _ in range(20)], confidence=0.5).p50_ms > 0).all()
            assert predictor.coefficients().shape == (len(FEATURES),)


def test_the_error_is_stated() -> None:
    assert "typical error 30%, 90 % within a factor of 2" in analytic_predictors()["raspberry-pi-5"].describe()

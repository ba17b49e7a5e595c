"""Physics features by hand, in the units that their names say."""

import numpy as np
import pytest

from predictors.features.costs import BYTES, FEATURES, cost_column, cost_matrix, features, macs
from search_space import COST_FIELDS, arch_cost, published


def row(**costs: float) -> np.ndarray:
    return np.array([[costs.get(name, 0.0) for name in COST_FIELDS]])


def named(found: np.ndarray) -> dict[str, float]:
    return dict(zip(FEATURES, found[0].tolist(), strict=True))


def test_units() -> None:
    """Megabytes of 1e6 bytes, giga multiply-adds, millions of elements; counts as they are."""
    costs = row(macs_dense=2e9, activations=3e6, weights=5e6, softmax_elements=7e6, kernels=11, unaligned_macs=4e8)
    found = named(features(costs, bytes_per_element=2))
    assert found["constant"] == 1
    assert (found["dense_gmacs"], found["unaligned_gmacs"], found["kernels"]) == pytest.approx((2, 0.4, 11))
    assert (found["activation_mb"], found["weight_mb"], found["softmax_melements"]) == pytest.approx((6, 10, 7))


@pytest.mark.parametrize(
    ("cost", "feature", "unit"),
    [
        ("kernels", "kernels", 1),
        ("attention_kernels", "attention_kernels", 1),
        ("macs_pointwise", "pointwise_gmacs", 1e9),
        ("macs_grouped", "grouped_gmacs", 1e9),
        ("macs_attention", "attention_gmacs", 1e9),
        ("cascade_steps", "cascade_steps", 1),
        ("grouped_kernels", "grouped_kernels", 1),
        ("grouped_activations", "grouped_activation_mb", 1e6 / 4),
        ("mixing_kernels", "mixing_kernels", 1),
        ("unaligned_kernels", "unaligned_kernels", 1),
        ("padded_elements", "padded_melements", 1e6),
        ("linear_blocks", "linear_blocks", 1),
        ("cascaded_blocks", "cascaded_blocks", 1),
        ("smooth_elements", "smooth_melements", 1e6),
        ("attention_elements", "attention_melements", 1e6),
    ],
)
def test_each_cost_moves_its_own_feature(cost: str, feature: str, unit: float) -> None:
    found = named(features(row(**{cost: 3 * unit}), bytes_per_element=4))
    assert {name: value for name, value in found.items() if value} == pytest.approx({"constant": 1, feature: 3})


def test_weights_beyond_the_caches() -> None:
    """10 MB: 2 beyond 8, none beyond 32; at 32 MB half of the kernels are cold."""
    found = named(features(row(weights=10e6 / 4, kernels=21), bytes_per_element=4))
    assert (found["weight_mb_beyond_8"], found["weight_mb_beyond_32"]) == pytest.approx((2, 0))
    assert found["cold_kernels"] == pytest.approx(21 * 10 / 42)
    half = named(features(row(weights=8e6, kernels=20, attention_kernels=6), bytes_per_element=4))
    assert (half["cold_kernels"], half["cold_attention_kernels"]) == pytest.approx((10, 3))


def test_all_but_the_last_four_add_up() -> None:
    parts = cost_matrix([published("mit-b1"), published("msra-m4")])
    each, whole = features(parts, bytes_per_element=4), features(parts.sum(axis=0)[None], bytes_per_element=4)
    assert each[:, 1:-4].sum(axis=0) == pytest.approx(whole[0, 1:-4])
    assert each[:, -4:].sum(axis=0) != pytest.approx(whole[0, -4:])


def test_costs_are_those_of_the_architectures() -> None:
    archs = [published("mit-b1"), published("msra-m4"), published("mit-b1")]
    costs = cost_matrix(archs)
    assert macs(costs).tolist() == [arch_cost(arch).macs for arch in archs]
    assert cost_column(costs, "parameters").tolist() == [arch_cost(arch).parameters for arch in archs]
    assert cost_matrix([]).shape == (0, len(COST_FIELDS))


def test_half_as_many_bytes_move_half_as_much() -> None:
    costs = cost_matrix([published("mit-b1")])
    full, half = (named(features(costs, bytes_per_element=BYTES[name])) for name in ("fp32", "fp16"))
    for name in ("activation_mb", "weight_mb", "grouped_activation_mb"):
        assert full[name] == pytest.approx(2 * half[name])
    assert full["dense_gmacs"] == half["dense_gmacs"]

"""Costs of single layers against counts by hand."""

import numpy as np
import pytest

from search_space.costs import (
    COST_FIELDS,
    Cost,
    conv,
    fused_bottleneck,
    inverted_bottleneck,
    linear,
    mixing_pair,
    out_size,
    product,
    squeeze_excite,
    squeeze_width,
    total,
)


def test_a_dense_convolution_of_stride_2_on_an_odd_map() -> None:
    """3x3 from 3 to 8 channels on 5x7: the output is 3x4."""
    found = conv(3, 8, 3, 5, 7, stride=2, activation="hswish")
    assert found.macs_dense == found.macs == 3 * 8 * 9 * 12
    assert (found.parameters, found.weights) == (3 * 8 * 9 + 2 * 8, 3 * 8 * 9 + 8)
    assert found.activations == 3 * 35 + 8 * 12
    assert (found.kernels, found.grouped_kernels, found.unaligned_kernels) == (1, 0, 1)
    assert found.smooth_elements == 8 * 12


@pytest.mark.parametrize(
    ("groups", "kernel", "kind", "mixing"),
    [(1, 1, "macs_pointwise", 0), (1, 3, "macs_dense", 0), (16, 3, "macs_grouped", 0), (4, 1, "macs_grouped", 1)],
)
def test_convolutions_by_kind(groups: int, kernel: int, kind: str, mixing: int) -> None:
    found = conv(16, 16, kernel, 4, 4, groups=groups)
    weights = 16 * 16 // groups * kernel**2
    assert getattr(found, kind) == found.macs == weights * 16
    assert (found.mixing_kernels, found.grouped_activations) == (mixing, (groups > 1) * 2 * 16 * 16)
    assert (found.unaligned_kernels, found.unaligned_macs) == (0, 0)


@pytest.mark.parametrize(("norm", "bias", "extra"), [(True, False, 2), (False, True, 1), (False, False, 0)])
def test_norm_counts_twice_a_bias_once_and_folding_leaves_one(norm: bool, bias: bool, extra: int) -> None:
    found = conv(4, 6, 1, 2, 2, norm=norm, bias=bias)
    assert (found.parameters, found.weights) == (24 + 6 * extra, 24 + 6 * min(extra, 1))


def test_relu_is_not_smooth() -> None:
    assert conv(4, 4, 1, 2, 2, activation="relu").smooth_elements == 0
    assert conv(4, 4, 1, 2, 2, activation="gelu_tanh").smooth_elements == 16


def test_linear_layer() -> None:
    assert linear(8, 10) == Cost(macs_pointwise=80, parameters=90, weights=90, activations=18, kernels=1)
    assert linear(8, 10, bias=False).parameters == 80


def test_product_of_matrices() -> None:
    found = product(2, 3, 4, 5)
    moved = 2 * (3 * 4 + 4 * 5 + 3 * 5)
    assert found == Cost(macs_attention=120, activations=moved, attention_elements=moved, attention_kernels=1)


@pytest.mark.parametrize("size", range(1, 20))
@pytest.mark.parametrize("stride", [1, 2, 4])
def test_output_sizes_are_rounded_up(size: int, stride: int) -> None:
    assert out_size(size, stride) == len(range(0, size, stride))


def test_bottlenecks_are_their_convolutions() -> None:
    lean = inverted_bottleneck((4, 5, 7), 6, 2, 3, stride=2, activation="relu", fewer_norm=True)
    assert (lean.macs_pointwise, lean.macs_grouped) == (4 * 8 * 35 + 8 * 6 * 12, 8 * 9 * 12)
    assert lean.parameters == (32 + 8) + (72 + 8) + (48 + 12)
    fused = fused_bottleneck((4, 5, 7), 6, 2, 3, stride=2, activation="relu", fewer_norm=False)
    assert (fused.macs_dense, fused.macs_pointwise) == (4 * 8 * 9 * 12, 8 * 6 * 12)
    assert fused.parameters == (288 + 16) + (48 + 12)
    pair = mixing_pair((8, 4, 6), 5, 2, "relu")
    assert (pair.macs_grouped, pair.macs_pointwise) == (8 * 25 * 24, 2 * 8 * 16 * 24)


@pytest.mark.parametrize(("channels", "inside"), [(8, 8), (32, 8), (64, 16), (40, 16), (256, 64), (1024, 256)])
def test_squeeze_width_is_a_quarter_in_eights(channels: int, inside: int) -> None:
    """Of 40 channels a quarter is 10; 8 would be less than 0.9 of that, so it becomes 16."""
    assert squeeze_width(channels) == inside
    found = squeeze_excite(channels)
    assert found.macs_pointwise == 2 * channels * inside
    assert found.parameters == 2 * channels * inside + channels + inside


def test_costs_add_up_field_by_field() -> None:
    costs = [conv(3, 8, 3, 5, 7), linear(8, 10), product(1, 2, 3, 4)]
    assert total(*costs) == costs[0] + costs[1] + costs[2]
    vector = total(*costs).vector()
    assert vector.dtype == np.float64
    assert dict(zip(COST_FIELDS, vector.tolist(), strict=True))["kernels"] == 2
    assert (vector == sum(cost.vector() for cost in costs)).all()

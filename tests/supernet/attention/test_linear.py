"""Linear attention against equation 1 of arXiv 2205.14756, and what its parameters mean."""

from typing import Any

import pytest
import torch

from search_space import LinearAttention
from supernet.attention.linear import LinearAttentionBlock, relu_attention
from supernet.layers import initialise

SETTINGS: dict[str, Any] = {"activation": "relu", "norm_eps": 1e-5, "attention_eps": 1e-15}


def reference(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Equation 1 of arXiv 2205.14756, token by token, in float64."""
    q, k, v = q.relu().double(), k.relu().double(), v.double()
    weights = torch.einsum("bgdn,bgdm->bgnm", q, k)
    return torch.einsum("bgnm,bgdm->bgdn", weights / (weights.sum(-1, keepdim=True) + 1e-15), v)


@pytest.mark.parametrize("tokens", [4, 8, 9, 196])
def test_linear_and_quadratic_branches_equal_the_definition(tokens: int) -> None:
    q, k, v = torch.randn(3, 2, 5, 8, tokens, generator=torch.Generator().manual_seed(0)).unbind()
    expected = reference(q, k, v)
    assert (relu_attention(q, k, v, 1e-15) - expected).abs().max() <= 1e-5 * expected.abs().max()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
@pytest.mark.parametrize("tokens", [8192, 32768])
def test_half_precision_stays_finite_and_close(dtype: torch.dtype, tokens: int) -> None:
    q, k, v = torch.randn(3, 1, 1, 16, tokens, generator=torch.Generator().manual_seed(0)).unbind()
    found = relu_attention(q.to(dtype), k.to(dtype), v.to(dtype), 1e-15).double()
    exact = relu_attention(q, k, v, 1e-15).double()
    assert found.isfinite().all()
    assert (found - exact).abs().max() <= 0.02 * exact.abs().max()


@pytest.mark.parametrize("tokens", [4, 64])
def test_all_negative_queries_give_zero_not_nan(tokens: int) -> None:
    negative = torch.full((1, 1, 8, tokens), -1.0)
    assert (relu_attention(negative, -negative, -negative, 1e-15) == 0).all()


def test_without_scales_there_is_one_branch() -> None:
    block = LinearAttentionBlock(LinearAttention(heads=2, head_dim=4, scales=()), 8, **SETTINGS)
    assert block.proj.conv.in_channels == 8
    assert len(block.aggregate) == 0


@torch.no_grad()
def test_a_scale_that_copies_attends_to_the_same() -> None:
    """With the identity for an aggregation, the second half of what is projected is the first."""
    block = initialise(LinearAttentionBlock(LinearAttention(heads=2, head_dim=3, scales=(5,)), 8, **SETTINGS)).eval()
    depthwise, grouped = block.aggregate["5"]  # type: ignore[index]
    torch.nn.init.dirac_(depthwise.weight, groups=18)
    torch.nn.init.dirac_(grouped.weight, groups=6)
    block.proj = torch.nn.Identity()
    found = block(torch.randn(2, 8, 5, 7, generator=torch.Generator().manual_seed(0)))
    assert found.shape == (2, 12, 5, 7)
    assert found[:, :6].abs().max() > 0
    assert torch.allclose(found[:, :6], found[:, 6:], atol=1e-5)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 3), (5, 7)])
def test_maps_of_any_size(height: int, width: int) -> None:
    block = initialise(LinearAttentionBlock(LinearAttention(heads=1, head_dim=4, scales=(3,)), 8, **SETTINGS)).eval()
    with torch.no_grad():
        assert block(torch.randn(2, 8, height, width)).shape == (2, 8, height, width)


def test_an_epsilon_that_tells_is_added_to_the_sum() -> None:
    """One token with q = k = v = 1 in one dimension: 1 / (1 + eps)."""
    one = torch.ones(1, 1, 1, 1)
    assert float(relu_attention(one, one, one, 0.25)) == pytest.approx(0.8)
    assert float(relu_attention(one, one, one, 1e-15)) == pytest.approx(1)


def test_coordinates_name_heads_parts_and_scales() -> None:
    block = LinearAttentionBlock(LinearAttention(heads=2, head_dim=2, scales=(3, 5)), 8, **SETTINGS)
    found = block.coordinates()
    shapes = {name: tuple(value.shape) for name, value in block.named_parameters()}
    assert {name: tuple(map(len, labels)) for name, labels in found.items()} == shapes
    first_head = ((0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1), (0, 2, 0), (0, 2, 1))
    assert found["qkv.weight"][0][:6] == first_head
    assert found["qkv.weight"][1] == range(8)
    assert found["aggregate.5.0.weight"][2:] == (range(-2, 3), range(-2, 3))
    assert found["proj.conv.weight"][1][:5] == ((0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1), (3, 0, 0))


def test_without_a_scale_the_others_keep_their_columns() -> None:
    """Without 3, the projection reads the raw tokens and 5: columns 0 to 3 and 8 to 11 of 12."""
    part, whole = (
        LinearAttentionBlock(LinearAttention(heads=2, head_dim=2, scales=scales), 8, **SETTINGS).coordinates()
        for scales in ((5,), (3, 5))
    )
    columns = list(whole["proj.conv.weight"][1])
    assert [columns.index(label) for label in part["proj.conv.weight"][1]] == [0, 1, 2, 3, 8, 9, 10, 11]

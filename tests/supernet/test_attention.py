"""Attention modules against the textbook formulas."""

import pytest
import torch

from search_space import CascadedGroupAttention, LinearAttention
from supernet.attention import ATTENTION
from supernet.attention.linear import relu_attention
from supernet.layers import initialise

SETTINGS = {"activation": "relu", "norm_eps": 1e-5, "attention_eps": 1e-15}


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


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 5), (4, 4), (7, 7), (8, 8), (14, 9)])
def test_cascaded_group_attention_takes_any_size(height: int, width: int) -> None:
    config = CascadedGroupAttention(heads=2, key_dim=4, window=4, query_kernels=(3, 5))
    block = initialise(ATTENTION[config.type](config, 16, **SETTINGS)).eval()  # type: ignore[arg-type]
    torch.nn.init.ones_(block.proj.norm.weight)  # type: ignore[union-attr,arg-type]
    with torch.no_grad():
        assert block(torch.randn(2, 16, height, width)).shape == (2, 16, height, width)


def test_windows_do_not_see_one_another() -> None:
    config = CascadedGroupAttention(heads=2, key_dim=4, window=4, query_kernels=(3, 3))
    block = initialise(ATTENTION[config.type](config, 8, **SETTINGS)).eval()  # type: ignore[arg-type]
    torch.nn.init.ones_(block.proj.norm.weight)  # type: ignore[union-attr,arg-type]
    images = torch.randn(1, 8, 8, 8)
    other = images.clone()
    other[..., 4:, :] += 1
    with torch.no_grad():
        first, second = block(images), block(other)
    assert torch.equal(first[..., :4, :], second[..., :4, :])
    assert not torch.equal(first[..., 4:, :], second[..., 4:, :])


def test_heads_cascade() -> None:
    """A change of the first slice reaches the last head; a change of the last slice does not reach the first."""
    config = CascadedGroupAttention(heads=2, key_dim=4, window=4, query_kernels=(3, 3))
    block = initialise(ATTENTION[config.type](config, 8, **SETTINGS)).eval()  # type: ignore[arg-type]
    seen: list[torch.Tensor] = []
    block.proj = torch.nn.Identity()  # type: ignore[assignment]
    block.activation = "none"  # type: ignore[assignment]
    base = torch.randn(1, 8, 4, 4)
    for channel in (None, 0, 7):
        images = base.clone()
        if channel is not None:
            images[:, channel] += 1
        with torch.no_grad():
            seen.append(block(images))
    first_half, last_half = slice(0, 4), slice(4, 8)
    assert not torch.equal(seen[0][:, last_half], seen[1][:, last_half])
    assert torch.equal(seen[0][:, first_half], seen[2][:, first_half])


def test_bias_depends_on_the_distance_alone() -> None:
    config = CascadedGroupAttention(heads=1, key_dim=4, window=3, query_kernels=(3,))
    block = ATTENTION[config.type](config, 8, **SETTINGS)  # type: ignore[arg-type]
    block.biases.data = torch.arange(9.0).reshape(1, 9)  # type: ignore[union-attr]
    table = block._table(3)[0]  # type: ignore[operator,union-attr]
    for i in range(9):
        for j in range(9):
            dy, dx = abs(i // 3 - j // 3), abs(i % 3 - j % 3)
            assert table[i, j] == 3 * dy + dx


def test_linear_attention_without_scales_has_one_branch() -> None:
    block = ATTENTION["linear"](LinearAttention(heads=2, head_dim=4, scales=()), 8, **SETTINGS)  # type: ignore[arg-type]
    assert block.proj.conv.in_channels == 8  # type: ignore[union-attr]

"""Cascaded group attention: any size of map, windows apart, heads in a row, biases by distance."""

from typing import Any

import pytest
import torch

from search_space import CascadedGroupAttention
from supernet.attention.cascaded_group import CascadedGroupAttentionBlock
from supernet.layers import initialise

SETTINGS: dict[str, Any] = {"activation": "relu", "norm_eps": 1e-5, "attention_eps": 1e-15}


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 5), (4, 4), (7, 7), (8, 8), (14, 9)])
def test_cascaded_group_attention_takes_any_size(height: int, width: int) -> None:
    config = CascadedGroupAttention(heads=2, key_dim=4, window=4, query_kernels=(3, 5))
    block = initialise(CascadedGroupAttentionBlock(config, 16, **SETTINGS)).eval()
    torch.nn.init.ones_(block.proj.norm.weight)
    with torch.no_grad():
        assert block(torch.randn(2, 16, height, width)).shape == (2, 16, height, width)


def test_windows_do_not_see_one_another() -> None:
    config = CascadedGroupAttention(heads=2, key_dim=4, window=4, query_kernels=(3, 3))
    block = initialise(CascadedGroupAttentionBlock(config, 8, **SETTINGS)).eval()
    torch.nn.init.ones_(block.proj.norm.weight)
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
    block = initialise(CascadedGroupAttentionBlock(config, 8, **SETTINGS)).eval()
    seen: list[torch.Tensor] = []
    block.proj = torch.nn.Identity()
    block.activation = "none"
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
    block = CascadedGroupAttentionBlock(config, 8, **SETTINGS)
    block.biases.data = torch.arange(9.0).reshape(1, 9)
    table = block._table(3)[0]
    for i in range(9):
        for j in range(9):
            dy, dx = abs(i // 3 - j // 3), abs(i % 3 - j % 3)
            assert table[i, j] == 3 * dy + dx


def test_coordinates_name_heads_parts_and_distances() -> None:
    config = CascadedGroupAttention(heads=2, key_dim=3, window=2, query_kernels=(3, 5))
    block = CascadedGroupAttentionBlock(config, 8, **SETTINGS)
    found = block.coordinates()
    shapes = {name: tuple(value.shape) for name, value in block.named_parameters()}
    assert {name: tuple(map(len, labels)) for name, labels in found.items()} == shapes
    queries, keys, values = ([(part, i) for i in range(size)] for part, size in enumerate((3, 3, 4)))
    assert found["qkvs.1.conv.weight"][:2] == ((*queries, *keys, *values), range(4))
    assert found["qkvs.0.norm.bias"] == found["qkvs.0.conv.weight"][:1]
    assert found["biases"] == (range(2), ((0, 0), (0, 1), (1, 0), (1, 1)))
    assert found["dws.1.conv.weight"][2] == range(-2, 3)


def test_a_smaller_window_reads_the_biases_of_its_distances() -> None:
    small, large = (
        CascadedGroupAttentionBlock(
            CascadedGroupAttention(heads=1, key_dim=3, window=window, query_kernels=(3,)), 4, **SETTINGS
        ).coordinates()["biases"][1]
        for window in (2, 3)
    )
    assert [large.index(label) for label in small] == [0, 1, 3, 4]

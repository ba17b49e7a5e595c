"""The sandwich: five parts, each added to what comes before it."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from search_space import CascadedGroupAttention, OperatorSpec
from search_space.blocks import Sandwich
from supernet.blocks.sandwich import SandwichBlock
from supernet.layers import initialise

MIXER = CascadedGroupAttention(heads=2, key_dim=2, window=7, query_kernels=(3, 3))
Copying = Callable[[nn.Module], nn.Module]


def spec(part: Sandwich, activation: str = "relu") -> OperatorSpec:
    return OperatorSpec(part=part, inputs=((4, 5, 7),), out_channels=4, activation=activation, norm_eps=0.21)


@pytest.mark.parametrize("kernel", [3, 5])
@torch.no_grad()
def test_copying_parts_are_added(copying: Copying, odd_map: Tensor, kernel: int) -> None:
    """A depthwise convolution has one norm, a feed-forward network two."""
    part = Sandwich(expand=2, kernel=kernel)
    found = copying(SandwichBlock(part, spec(part)))(odd_map)
    assert torch.allclose(found, odd_map * ((1 + 1 / 1.1) * (1 + 1 / 1.21)) ** 2)


@torch.no_grad()
def test_attention_stands_in_the_middle(copying: Copying, odd_map: Tensor) -> None:
    part = Sandwich(attention=MIXER)
    block = copying(SandwichBlock(part, spec(part)))
    assert isinstance(block, SandwichBlock)
    assert block.attention is not None
    half = (1 + 1 / 1.1) * (1 + 1 / 1.21)
    before = odd_map * half
    assert torch.allclose(block(odd_map), (before + block.attention(before)) * half, rtol=1e-4)


@torch.no_grad()
def test_a_fresh_block_is_its_shortcut(odd_map: Tensor) -> None:
    part = Sandwich(expand=2, attention=MIXER)
    assert torch.equal(initialise(SandwichBlock(part, spec(part))).train()(odd_map), odd_map)

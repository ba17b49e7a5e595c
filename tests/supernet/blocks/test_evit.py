"""Attention and MBConv: each half is added to what comes before it."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from search_space import LinearAttention, OperatorSpec
from search_space.blocks import EViT, MBConv
from supernet.blocks.evit import EViTBlock
from supernet.layers import initialise

MIXER = LinearAttention(heads=2, head_dim=2, scales=(3,))
Copying = Callable[[nn.Module], nn.Module]


def spec(part: EViT | MBConv, activation: str = "relu") -> OperatorSpec:
    return OperatorSpec(part=part, inputs=((4, 5, 7),), out_channels=4, activation=activation, norm_eps=0.21)


@pytest.mark.parametrize("expand", [1, 3])
@pytest.mark.parametrize(("fewer_norm", "norms"), [(False, 3), (True, 1)])
@torch.no_grad()
def test_a_copying_bottleneck_is_added(
    copying: Copying, odd_map: Tensor, expand: int, fewer_norm: bool, norms: int
) -> None:
    part = MBConv(expand=expand, fewer_norm=fewer_norm)
    found = copying(EViTBlock(part, spec(part)))(odd_map)
    assert torch.allclose(found, odd_map * (1 + 1.1**-norms))


@torch.no_grad()
def test_attention_comes_first(copying: Copying, odd_map: Tensor) -> None:
    part = EViT(fewer_norm=True, attention=MIXER)
    block = copying(EViTBlock(part, spec(part)))
    assert isinstance(block, EViTBlock)
    assert block.attention is not None
    mixed = odd_map + block.attention(odd_map)
    assert not torch.allclose(mixed, odd_map)
    assert torch.allclose(block(odd_map), mixed * (1 + 1 / 1.1))


def test_without_attention_its_parameters_are_those_of_mbconv() -> None:
    names = [set(dict(EViTBlock(part, spec(part)).named_parameters())) for part in (EViT(), MBConv())]
    assert names[0] == names[1]


@torch.no_grad()
def test_a_fresh_block_is_its_shortcut(odd_map: Tensor) -> None:
    part = EViT(expand=2, attention=MIXER)
    assert torch.equal(initialise(EViTBlock(part, spec(part))).train()(odd_map), odd_map)

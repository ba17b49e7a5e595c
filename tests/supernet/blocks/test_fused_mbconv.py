"""The fused block: what it adds to its input, counted in norms."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from search_space import OperatorSpec
from search_space.blocks import FusedMBConv
from supernet.blocks.fused_mbconv import fused_mbconv
from supernet.layers import initialise

Copying = Callable[[nn.Module], nn.Module]


def spec(part: FusedMBConv, activation: str = "relu") -> OperatorSpec:
    return OperatorSpec(part=part, inputs=((4, 5, 7),), out_channels=4, activation=activation, norm_eps=0.21)


@pytest.mark.parametrize("expand", [1, 3])
@pytest.mark.parametrize(("fewer_norm", "norms"), [(False, 2), (True, 1)])
@torch.no_grad()
def test_a_copying_branch_is_added(
    copying: Copying, odd_map: Tensor, expand: int, fewer_norm: bool, norms: int
) -> None:
    part = FusedMBConv(expand=expand, fewer_norm=fewer_norm)
    found = copying(fused_mbconv(part, spec(part)))(odd_map)
    assert torch.allclose(found, odd_map * (1 + 1.1**-norms))


@torch.no_grad()
def test_a_fresh_block_is_its_shortcut(odd_map: Tensor) -> None:
    part = FusedMBConv(expand=2)
    assert torch.equal(initialise(fused_mbconv(part, spec(part))).train()(odd_map), odd_map)

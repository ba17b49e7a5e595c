"""The residual block: what it adds to its input, counted in norms."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from search_space import OperatorSpec
from search_space.blocks import ResBlock
from supernet.blocks.resblock import resblock
from supernet.layers import initialise

Copying = Callable[[nn.Module], nn.Module]


def spec(part: ResBlock, activation: str = "relu") -> OperatorSpec:
    return OperatorSpec(part=part, inputs=((4, 5, 7),), out_channels=4, activation=activation, norm_eps=0.21)


@pytest.mark.parametrize(("fewer_norm", "norms"), [(False, 2), (True, 1)])
@torch.no_grad()
def test_a_copying_branch_is_added(copying: Copying, odd_map: Tensor, fewer_norm: bool, norms: int) -> None:
    part = ResBlock(fewer_norm=fewer_norm)
    found = copying(resblock(part, spec(part)))(odd_map)
    assert torch.allclose(found, odd_map * (1 + 1.1**-norms))


@torch.no_grad()
def test_its_convolutions_see_all_channels(copying: Copying) -> None:
    """A weight from channel 3 to channel 0 of the second convolution."""
    part = ResBlock(fewer_norm=True)
    block = copying(resblock(part, spec(part)))
    block.branch.conv2.conv.weight[0, 3, 1, 1] = 1  # type: ignore[union-attr,index]
    one = torch.zeros(1, 4, 5, 7)
    one[:, 3] = 1
    assert block(one)[0, :, 2, 2].tolist() == pytest.approx([1 / 1.1, 0, 0, 1 + 1 / 1.1])


@torch.no_grad()
def test_a_fresh_block_is_its_shortcut(odd_map: Tensor) -> None:
    part = ResBlock()
    assert torch.equal(initialise(resblock(part, spec(part))).train()(odd_map), odd_map)

"""The depthwise separable block: what it adds to its input, counted in norms."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from search_space import OperatorSpec
from search_space.blocks import DSConv
from supernet.blocks.dsconv import dsconv
from supernet.layers import initialise

Copying = Callable[[nn.Module], nn.Module]


def spec(part: DSConv, activation: str = "relu") -> OperatorSpec:
    return OperatorSpec(part=part, inputs=((4, 5, 7),), out_channels=4, activation=activation, norm_eps=0.21)


@pytest.mark.parametrize("kernel", [3, 5])
@pytest.mark.parametrize(("fewer_norm", "norms"), [(False, 2), (True, 1)])
@torch.no_grad()
def test_a_copying_branch_is_added(
    copying: Copying, odd_map: Tensor, kernel: int, fewer_norm: bool, norms: int
) -> None:
    part = DSConv(kernel=kernel, fewer_norm=fewer_norm)
    found = copying(dsconv(part, spec(part)))(odd_map)
    assert torch.allclose(found, odd_map * (1 + 1.1**-norms))


@torch.no_grad()
def test_between_the_convolutions_negative_values_are_cut(copying: Copying, odd_map: Tensor) -> None:
    part = DSConv()
    assert torch.allclose(copying(dsconv(part, spec(part)))(-odd_map), -odd_map)
    assert not torch.allclose(copying(dsconv(part, spec(part, "hswish")))(-odd_map), -odd_map)


@torch.no_grad()
def test_a_fresh_block_is_its_shortcut(odd_map: Tensor) -> None:
    part = DSConv()
    assert torch.equal(initialise(dsconv(part, spec(part))).train()(odd_map), odd_map)

"""The convolution that halves the map: which pixels it keeps, and its activation."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from search_space import OperatorSpec
from search_space.downsamples import ConvDownsample
from supernet.downsamples.conv import conv

Copying = Callable[[nn.Module], nn.Module]


def spec(part: ConvDownsample, activation: str = "relu") -> OperatorSpec:
    return OperatorSpec(part=part, inputs=((4, 5, 7),), out_channels=6, activation=activation, norm_eps=0.21)


@torch.no_grad()
def test_every_second_pixel_is_kept(copying: Copying, odd_map: Tensor) -> None:
    """5 x 7 becomes 3 x 4, the first pixel among them; two more channels copy the first two."""
    found = copying(conv(ConvDownsample(), spec(ConvDownsample())))(odd_map)
    kept = odd_map[:, :, ::2, ::2] / 1.1
    assert found.shape == (2, 6, 3, 4)
    assert torch.allclose(found, torch.cat([kept, kept[:, :2]], dim=1))


@torch.no_grad()
def test_negative_values_are_cut(copying: Copying, odd_map: Tensor) -> None:
    assert not copying(conv(ConvDownsample(), spec(ConvDownsample())))(-odd_map).any()

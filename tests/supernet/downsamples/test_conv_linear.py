"""The convolution without activation: negative values pass."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from search_space import OperatorSpec
from search_space.downsamples import LinearConvDownsample
from supernet.downsamples.conv_linear import conv_linear

Copying = Callable[[nn.Module], nn.Module]


def spec(part: LinearConvDownsample, activation: str = "relu") -> OperatorSpec:
    return OperatorSpec(part=part, inputs=((4, 5, 7),), out_channels=6, activation=activation, norm_eps=0.21)


@torch.no_grad()
def test_every_second_pixel_is_kept(copying: Copying, odd_map: Tensor) -> None:
    """5 x 7 becomes 3 x 4, the first pixel among them; two more channels copy the first two."""
    found = copying(conv_linear(LinearConvDownsample(), spec(LinearConvDownsample())))(-odd_map)
    kept = -odd_map[:, :, ::2, ::2] / 1.1
    assert torch.allclose(found, torch.cat([kept, kept[:, :2]], dim=1))

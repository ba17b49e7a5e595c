"""The inverted bottleneck of stride 2: which pixels it keeps, counted in norms."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from search_space import OperatorSpec
from search_space.downsamples import MBConvDownsample
from supernet.downsamples.mbconv import mbconv
from supernet.layers import initialise

Copying = Callable[[nn.Module], nn.Module]


def spec(part: MBConvDownsample, activation: str = "relu") -> OperatorSpec:
    return OperatorSpec(part=part, inputs=((4, 5, 7),), out_channels=6, activation=activation, norm_eps=0.21)


@pytest.mark.parametrize(("fewer_norm", "norms"), [(False, 3), (True, 1)])
@torch.no_grad()
def test_every_second_pixel_is_kept(copying: Copying, odd_map: Tensor, fewer_norm: bool, norms: int) -> None:
    """5 x 7 becomes 3 x 4; of 12 channels inside the first 6 come out, the last two of which copy the first two."""
    part = MBConvDownsample(expand=3, fewer_norm=fewer_norm)
    found = copying(mbconv(part, spec(part)))(odd_map)
    kept = odd_map[:, :, ::2, ::2] / 1.1**norms
    assert found.shape == (2, 6, 3, 4)
    assert torch.allclose(found, torch.cat([kept, kept[:, :2]], dim=1))


@torch.no_grad()
def test_a_fresh_one_is_not_silent(odd_map: Tensor) -> None:
    """No shortcut goes around it, so its last norm starts at 1."""
    part = MBConvDownsample(expand=2)
    assert initialise(mbconv(part, spec(part))).eval()(odd_map).abs().max() > 0

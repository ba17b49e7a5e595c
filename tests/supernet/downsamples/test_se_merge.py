"""Merging with squeeze-and-excitation: every part by hand."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from search_space import OperatorSpec
from search_space.downsamples import SEMerge
from supernet.downsamples.se_merge import SEMergeDownsample
from supernet.layers import initialise

Copying = Callable[[nn.Module], nn.Module]


def spec(part: SEMerge, activation: str = "relu") -> OperatorSpec:
    return OperatorSpec(part=part, inputs=((4, 5, 7),), out_channels=6, activation=activation, norm_eps=0.21)


@torch.no_grad()
def test_copying_parts_and_half_open_gates(copying: Copying, odd_map: Tensor) -> None:
    """A residual pair before and after; between them three norms, and gates that are 1/2 where nothing excites."""
    part = SEMerge(expand=2)
    module = copying(SEMergeDownsample(part, spec(part)))
    assert isinstance(module, SEMergeDownsample)
    module.se.fc2.weight.zero_()
    pair = (1 + 1 / 1.1) * (1 + 1 / 1.21)
    kept = odd_map[:, :, ::2, ::2] * pair / 1.1**3 / 2 * pair
    found = module(odd_map)
    assert found.shape == (2, 6, 3, 4)
    assert torch.allclose(found, torch.cat([kept, kept[:, :2]], dim=1), rtol=1e-4)


@torch.no_grad()
def test_a_fresh_one_is_not_silent(odd_map: Tensor) -> None:
    part = SEMerge()
    assert initialise(SEMergeDownsample(part, spec(part))).eval()(odd_map).abs().max() > 0

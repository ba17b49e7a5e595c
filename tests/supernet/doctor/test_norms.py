"""Batch norms: frozen ones and statistics that are no average are found."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import supernet.supernet
from search_space import NormLinearHead, SearchSpace
from search_space.choices import LevelChoices
from supernet import build
from supernet.doctor.norms import averages
from supernet.layers import ConvUnit
from supernet.network import Network

Plant = Callable[[pytest.MonkeyPatch], None]
IsFound = Callable[[Plant, str, str], None]


def frozen_norm(patch: pytest.MonkeyPatch) -> None:
    """Norms use their running statistics even in training."""
    right = ConvUnit.forward

    def forward(self: ConvUnit, x_BCHW: Tensor) -> Tensor:
        if self.norm is not None and self.norm.running_mean is not None:
            self.norm.eval()
        return right(self, x_BCHW)

    patch.setattr(ConvUnit, "forward", forward)


def no_re_estimation(patch: pytest.MonkeyPatch) -> None:
    """Statistics stay at mean 0 and variance 1."""
    patch.setattr(supernet.supernet, "re_estimate", lambda network, batches: None)


def last_batch_wins(patch: pytest.MonkeyPatch) -> None:
    """An average that forgets all but the last batch."""

    def re_estimate(network: Network, batches: Any) -> None:
        for part in network.modules():
            if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d):
                part.momentum = 0.9
        network.train()
        for images in batches:
            network(images)

    patch.setattr(supernet.supernet, "re_estimate", re_estimate)


@pytest.mark.parametrize(
    ("plant", "check", "words"),
    [
        (frozen_norm, "norms", "levels.2.downsample.norm"),
        (no_re_estimation, "statistics", "running_"),
        (last_batch_wins, "statistics", "running_"),
    ],
)
def test_planted_defects_are_found(is_found: IsFound, plant: Plant, check: str, words: str) -> None:
    is_found(plant, check, words)


@torch.no_grad()
def test_averages_by_hand() -> None:
    """What enters the first norm is its convolution's output, here the sum of one tap."""
    space = SearchSpace(
        name="one",
        levels=(LevelChoices(stride=2, widths=(1,)),),
        heads=(NormLinearHead(classes=2),),
        resolutions=(2,),
        in_channels=1,
    )
    network = build(space.smallest(), seed=0)
    weight = network.get_parameter("levels.2.downsample.conv.weight")
    weight.zero_()
    weight[0, 0, 1, 1] = 1
    batches = [torch.tensor(values).reshape(2, 1, 1, 1).expand(2, 1, 2, 2) for values in ([1.0, 3.0], [5.0, 11.0])]
    found = averages(network, batches)
    assert float(found["levels.2.downsample.norm.running_mean"]) == pytest.approx((2 + 8) / 2)
    assert float(found["levels.2.downsample.norm.running_var"]) == pytest.approx((2 + 18) / 2)

"""Shared weights: defects in what sub-networks read, and which taps of a kernel meet more than padding."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import supernet.supernet
from search_space import ArchConfig
from supernet import Supernet
from supernet.attention.linear import LinearAttentionBlock
from supernet.blocks.dsconv import DSConvBranch
from supernet.coordinates import Coordinates
from supernet.doctor import space_around
from supernet.doctor.sharing import _taps, owned
from supernet.network import Network

Plant = Callable[[pytest.MonkeyPatch], None]
IsFound = Callable[[Plant, str, str], None]


def wrong_copy(patch: pytest.MonkeyPatch) -> None:
    """A slice that is copied the wrong way round when a network is extracted."""
    whole = Supernet.extract

    def extract(self: Supernet, arch: ArchConfig) -> Network:
        network = whole(self, arch)
        with torch.no_grad():
            weight = network.get_parameter("levels.4.downsample.conv.weight")
            weight.copy_(weight.flip(1))
        return network

    patch.setattr(Supernet, "extract", extract)


def leading_slice(patch: pytest.MonkeyPatch) -> None:
    """Small kernels read the corner of large ones."""
    right = supernet.supernet.take

    def take(shared: Tensor, rules: Any) -> Tensor:
        return right(shared, [range(len(rule)) if isinstance(rule, range) else rule for rule in rules])

    patch.setattr(supernet.supernet, "take", take)


def norm_of_other_rows(patch: pytest.MonkeyPatch) -> None:
    """A norm's numbers go to other rows than its convolution's."""
    right = LinearAttentionBlock.coordinates

    def coordinates(self: LinearAttentionBlock) -> Coordinates:
        found = right(self)
        width = len(found["proj.norm.weight"][0])
        return {**found, "proj.norm.weight": (range(1, width + 1),)}

    patch.setattr(LinearAttentionBlock, "coordinates", coordinates)


def frozen_scale(patch: pytest.MonkeyPatch) -> None:
    """A norm's scale that no gradient reaches."""
    right = Supernet._allocate

    def allocate(self: Supernet, seed: int) -> None:
        right(self, seed)
        self.shared["levels/4/downsample/conv_downsample/norm/weight"].requires_grad_(False)

    patch.setattr(Supernet, "_allocate", allocate)


def unused_parameter(patch: pytest.MonkeyPatch) -> None:
    """A convolution that is made and never called."""
    right = DSConvBranch.__init__

    def init(self: DSConvBranch, config: Any, op: Any) -> None:
        right(self, config, op)
        self.spare = nn.Conv2d(op.in_channels, 4, 1)

    patch.setattr(DSConvBranch, "__init__", init)


@pytest.mark.parametrize(
    ("plant", "check", "words"),
    [
        (wrong_copy, "extracted", "evaluation mode"),
        (leading_slice, "inside", "conv/weight"),
        (norm_of_other_rows, "coordinates", "attention.proj.norm.weight"),
        (frozen_scale, "reached", "levels/4/downsample/conv_downsample/norm/weight"),
        (unused_parameter, "reached", "dsconv/branch/spare"),
    ],
)
def test_planted_defects_are_found(is_found: IsFound, plant: Plant, check: str, words: str) -> None:
    is_found(plant, check, words)


def test_a_forgotten_scale_is_found(is_found: IsFound, forgotten_scale: Plant) -> None:
    is_found(forgotten_scale, "reached", "attention/aggregate/")


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "met"),
    [
        (8, 3, 1, [1, 1, 1]),
        (1, 3, 1, [0, 1, 0]),
        (2, 5, 1, [0, 1, 1, 1, 0]),
        (2, 3, 2, [0, 1, 1]),
        (8, 3, 2, [1, 1, 1]),
    ],
)
def test_taps_that_meet_more_than_padding(size: int, kernel: int, stride: int, met: list[int]) -> None:
    """At stride 2 the first of three taps meets a row where there is a second output."""
    assert _taps(size, kernel, stride, kernel // 2).astype(int).tolist() == met


def test_label_by_label_is_what_slices_read() -> None:
    """The doctor's own way to the numbers of a parameter, against the rules by which the supernet reads."""
    space = space_around("linear")
    supernet = Supernet(space)
    slices = supernet.parameters_for(space.smallest())
    for read in supernet.reads(space.smallest()):
        shared = supernet.shared[read.key].detach()
        assert torch.equal(torch.from_numpy(shared.numpy()[owned(read)]), slices[f"{read.path}.{read.name}"].detach())

"""Nesting: a shared number that means two things is found."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from search_space import LevelConfig, LinearAttention, NormLinearHead, SearchSpace
from search_space.blocks import DSConvChoices, EViT, MBConv
from search_space.choices import LevelChoices
from supernet import Supernet
from supernet.attention.linear import LinearAttentionBlock
from supernet.coordinates import Coordinates
from supernet.doctor import NotApplicableError, Subject, space_around
from supernet.doctor.nesting import _nests, smaller_is_larger_with_zeros

Plant = Callable[[pytest.MonkeyPatch], None]
IsFound = Callable[[Plant, str, str], None]


def other_offset(patch: pytest.MonkeyPatch) -> None:
    """Scales share projection columns by their place in the list instead of by their size."""
    right = LinearAttentionBlock.coordinates

    def coordinates(self: LinearAttentionBlock) -> Coordinates:
        found, heads, dim = right(self), self.config.heads, self.config.head_dim
        branches = range(1 + len(self.config.scales))
        columns = tuple((s, h, i) for s in branches for h in range(heads) for i in range(dim))
        rows, _, *kernel = found["proj.conv.weight"]
        return {**found, "proj.conv.weight": (rows, columns, *kernel)}

    patch.setattr(LinearAttentionBlock, "coordinates", coordinates)


@pytest.mark.parametrize(
    ("plant", "check", "words"),
    [
        (other_offset, "nesting", "linear.scales"),
    ],
)
def test_planted_defects_are_found(is_found: IsFound, plant: Plant, check: str, words: str) -> None:
    is_found(plant, check, words)


def test_which_genes_nest() -> None:
    space = space_around("linear")
    plain, attended = (
        LevelConfig(stride=4, width=24, depth=1, blocks=(block,))
        for block in (MBConv(), EViT(attention=LinearAttention(heads=3, head_dim=4, scales=(3,))))
    )
    bare = space.largest()
    archs = {
        "plain": replace(bare, levels=(bare.levels[0], plain)),
        "attended": replace(bare, levels=(bare.levels[0], attended)),
    }
    for setting in ("width", "depth", "expand", "kernel"):
        assert _nests(space, archs["plain"], 4, setting)
    assert not _nests(space, archs["plain"], 4, "linear.scales")
    assert not _nests(space, archs["plain"], 4, "downsample")
    assert not _nests(space, archs["plain"], 8, "width")
    assert _nests(space, archs["attended"], 4, "linear.scales")
    assert not _nests(space, archs["attended"], 4, "linear.head_dim")


def test_a_space_without_choices_has_nothing_to_look_at() -> None:
    level = LevelChoices(stride=2, widths=(8,), depths=(1,), blocks=(DSConvChoices(),))
    space = SearchSpace(name="one", levels=(level,), heads=(NormLinearHead(classes=2),), resolutions=(16,))
    with pytest.raises(NotApplicableError, match="no gene of the space nests"):
        smaller_is_larger_with_zeros(Subject(supernet=Supernet(space).eval()))

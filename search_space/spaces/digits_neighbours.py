"""`digits-neighbours`: `digits` with parts of EfficientViT's neighbours, SHViT and FasterNet."""

from dataclasses import replace

from search_space.attention import SingleHeadChoices
from search_space.blocks import BlockChoices, FasterChoices
from search_space.choices import LevelChoices
from search_space.downsamples import PatchEmbed
from search_space.space import SearchSpace
from search_space.spaces.digits import digits


def digits_neighbours() -> SearchSpace:
    """The space."""
    base = digits()
    _, second, *deep = base.levels
    stem = replace(second, downsamples=(PatchEmbed(),), blocks=(*second.blocks, _faster()))
    return replace(base, name="digits-neighbours", levels=(stem, *map(_with_neighbours, deep)))


def _with_neighbours(level: LevelChoices) -> LevelChoices:
    single = SingleHeadChoices(shares=(0.25, 0.5), key_dims=(8, 16))
    offered = level.offering({"attentions": (*level.attentions, single)})
    return replace(offered, blocks=(*offered.blocks, _faster()))


def _faster() -> BlockChoices:
    return FasterChoices(expands=(2, 3, 4), shares=(4, 2))

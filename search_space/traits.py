"""Traits: words for what a network is made of, by which a predictor tells what no network behind it had.

A part that nobody described has its own name for a trait, so that a new one is new to every predictor.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from search_space.arch import PART_TRAITS, ArchConfig, LevelConfig
from search_space.attention import AttentionChoices
from search_space.choices import LevelChoices
from search_space.heads import HeadConfig
from search_space.space import SearchSpace

Traits = frozenset[str]


def network_traits(arch: ArchConfig) -> Traits:
    """Traits of the levels that are built and of the head."""
    head = head_traits(arch.head) if arch.head is not None else Traits()
    return head.union(*map(level_traits, arch.levels))


def traits_of(archs: Iterable[ArchConfig]) -> Traits:
    """Traits that any of these networks has."""
    return Traits().union(*map(network_traits, archs))


def level_traits(level: LevelConfig) -> Traits:
    """Traits of the downsample, of the blocks if there are any, and of their attention."""
    return _named(level.downsample) | _block_traits(level)


def head_traits(head: HeadConfig) -> Traits:
    """A head has its name for its trait."""
    return Traits({f"{head.type}_head"})


def _block_traits(level: LevelConfig) -> Traits:
    found = _named(level.block) if level.depth else Traits()
    if level.attention is not None:
        found |= {f"{level.attention.type}_attention"} | level.attention.traits
    return found


def _named(part: str) -> Traits:
    return PART_TRAITS.get(part, Traits({part}))


@dataclass(frozen=True, kw_only=True)
class LevelGeneTraits:
    """Traits by choice of a level: of each downsample, and of each block (outer) with each attention (inner)."""

    downsamples: tuple[Traits, ...]
    blocks: tuple[tuple[Traits, ...], ...]


@dataclass(frozen=True, kw_only=True)
class GeneTraits:
    """Traits by choice of a space: `network_traits` of a genotype without decoding it, for many at once."""

    levels: tuple[LevelGeneTraits, ...]
    heads: tuple[Traits, ...]


@lru_cache(maxsize=16)
def gene_traits(space: SearchSpace) -> GeneTraits:
    """Traits of the choices of a space."""
    return GeneTraits(levels=tuple(map(_level, space.levels)), heads=tuple(map(head_traits, space.heads)))


def _level(choices: LevelChoices) -> LevelGeneTraits:
    return LevelGeneTraits(
        downsamples=tuple(_named(name) for name, _ in choices.downsamples),
        blocks=tuple(
            tuple(_block(choices, block, attention) for attention in choices.attentions) for block in choices.blocks
        ),
    )


def _block(choices: LevelChoices, block: str, attention: AttentionChoices | None) -> Traits:
    """Those of a level with such blocks; `LevelConfig` knows which blocks use their attention."""
    if block == "none":
        return Traits()
    width, mixer = choices.widths[0], None
    if attention is not None:
        mixer = attention.decode(dict.fromkeys(attention.genes(), 0), width)
    return _block_traits(LevelConfig(stride=choices.stride, width=width, depth=1, block=block, attention=mixer))

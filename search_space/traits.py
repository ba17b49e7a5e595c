"""What the parts of a network do, in words that predictors compare with those of the networks they know.

Each part names its traits; what a predictor has never seen is the difference between two sets of them, so that a part
that somebody adds is unseen until a network with it has been measured.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from search_space.arch import ArchConfig
from search_space.blocks import BlockConfig
from search_space.choices import LevelChoices
from search_space.heads import HeadConfig
from search_space.level import LevelConfig
from search_space.lookup import BlockRows
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
    return level.downsample.traits.union(*map(block_traits, level.blocks))


def head_traits(head: HeadConfig) -> Traits:
    """Traits of a head."""
    return head.traits


def block_traits(block: BlockConfig) -> Traits:
    """Those of the block and of its attention, which has its own name for one."""
    if block.attention is None:
        return block.traits
    return block.traits | {f"{block.attention.type}_attention"} | block.attention.traits


@dataclass(frozen=True, kw_only=True, eq=False)
class LevelGeneTraits:
    """Traits by choice of a level: of each downsample, and of each row of `rows`."""

    downsamples: tuple[Traits, ...]
    rows: BlockRows
    blocks: tuple[Traits, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class GeneTraits:
    """Traits by choice of a space: `network_traits` of a genotype without decoding it, for many at once."""

    levels: tuple[LevelGeneTraits, ...]
    heads: tuple[Traits, ...]


@lru_cache(maxsize=16)
def gene_traits(space: SearchSpace) -> GeneTraits:
    """Traits of the choices of a space."""
    return GeneTraits(levels=tuple(map(_level, space.levels)), heads=tuple(map(head_traits, space.heads)))


def _level(choices: LevelChoices) -> LevelGeneTraits:
    rows = BlockRows(choices=choices)
    blocks = [choices.repeated(*setting) for setting in rows.settings(choices.widths[0])]
    return LevelGeneTraits(
        downsamples=tuple(each.traits for each in choices.downsamples),
        rows=rows,
        blocks=tuple(Traits().union(*(block_traits(block.canonical()) for block in each)) for each in blocks)
        or (Traits(),),
    )

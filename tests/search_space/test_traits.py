"""What networks are made of, in words: of those that are built, and the same from genes."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from search_space import (
    LevelConfig,
    NormLinearHead,
    SearchSpace,
    gene_traits,
    level_traits,
    network_traits,
    published,
    traits_of,
)
from search_space.blocks import BlockConfig, EViT, MBConv, Sandwich
from search_space.downsamples import MBConvDownsample, SEMerge
from search_space.space import FIRST_LEVEL


def test_traits_of_published_networks() -> None:
    b1 = {"conv", "dsconv", "mbconv", "linear_attention", "mit_head"}
    assert network_traits(published("mit-b1")) == b1
    m4 = {"conv", "squeeze_excite", "sandwich", "cascaded_group_attention", "softmax", "cascade", "norm_linear_head"}
    assert network_traits(published("msra-m4")) == m4
    assert traits_of([published("mit-b1"), published("msra-m4")]) == b1 | m4
    assert network_traits(replace(published("mit-b1"), head=None)) == b1 - {"mit_head"}
    assert traits_of([]) == set()


def test_only_what_is_built_counts() -> None:
    level = LevelConfig(stride=2, width=8, depth=0, blocks=(Sandwich(),), downsample=SEMerge(expand=4))
    assert level_traits(level) == {"squeeze_excite"}
    assert level_traits(LevelConfig(stride=2, width=8, depth=1, blocks=(EViT(),))) == {"conv", "mbconv"}


@dataclass(frozen=True, kw_only=True)
class Silent(BlockConfig):
    """A block that says nothing of itself."""

    type: ClassVar[str] = "silent"


def test_a_part_that_says_nothing_has_its_name_for_a_trait() -> None:
    assert Silent().traits == {"silent"}
    assert MBConv().traits == {"mbconv"}
    assert MBConvDownsample().traits == {"mbconv"}
    assert NormLinearHead().traits == {"norm_linear_head"}


def test_traits_of_genes_are_those_of_networks(tiny_space: SearchSpace) -> None:
    found = gene_traits(tiny_space)
    assert found.heads == ({"norm_linear_head"},)
    first, second = found.levels
    assert (first.downsamples, set(first.blocks)) == (({"conv"},), {frozenset({"dsconv"})})
    assert second.downsamples == ({"conv"}, {"mbconv"})
    cascaded = {"cascaded_group_attention", "softmax", "cascade"}
    expected = [
        [{"mbconv"}, {"mbconv", "linear_attention"}, {"mbconv", *cascaded}],
        [{"sandwich"}, {"sandwich", "linear_attention"}, {"sandwich", *cascaded}],
    ]
    assert list(second.blocks) == [traits for block in expected for _ in range(2) for traits in block]
    genotypes = np.array([tiny_space.sample_genotype(np.random.default_rng(seed)) for seed in range(50)])
    start = FIRST_LEVEL + len(tiny_space.levels[0].genes)
    for genotype, row in zip(genotypes, second.rows.of(genotypes[:, start:].T), strict=True):
        level = tiny_space.levels[1].decode(genotype[start:].tolist())
        assert level is not None
        assert level_traits(level) == second.blocks[row] | level.downsample.traits

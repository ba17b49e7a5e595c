"""What networks are made of, in words: of those that are built, and the same from genes."""

from dataclasses import replace

import pytest

from search_space import LevelConfig, SearchSpace, gene_traits, level_traits, network_traits, published, traits_of
from search_space.arch import BLOCKS, DOWNSAMPLES, PART_TRAITS


def test_traits_of_published_networks() -> None:
    b1 = {"conv", "dsconv", "mbconv", "linear_attention", "mit_head"}
    assert network_traits(published("mit-b1")) == b1
    m4 = {"conv", "squeeze_excite", "sandwich", "cascaded_group_attention", "softmax", "cascade", "norm_linear_head"}
    assert network_traits(published("msra-m4")) == m4
    assert traits_of([published("mit-b1"), published("msra-m4")]) == b1 | m4
    assert network_traits(replace(published("mit-b1"), head=None)) == b1 - {"mit_head"}
    assert traits_of([]) == set()


def test_only_what_is_built_counts() -> None:
    assert level_traits(LevelConfig(stride=2, width=8, depth=0, block="sandwich", downsample="se_merge")) == {
        "squeeze_excite"
    }
    assert level_traits(LevelConfig(stride=2, width=8, depth=1, block="evit")) == {"conv", "mbconv"}


@pytest.mark.parametrize("block", BLOCKS[1:])
def test_a_block_that_nobody_described_has_its_name_for_a_trait(block: str) -> None:
    assert level_traits(LevelConfig(stride=2, width=8, depth=1, block=block)) - {"conv"} == PART_TRAITS.get(
        block, {block}
    )


def test_described_parts_exist() -> None:
    assert set(PART_TRAITS) <= {*BLOCKS, *DOWNSAMPLES}


def test_traits_of_genes_are_those_of_networks(tiny_space: SearchSpace) -> None:
    found = gene_traits(tiny_space)
    assert found.heads == ({"norm_linear_head"},)
    first, second = found.levels
    assert (first.downsamples, first.blocks) == (({"conv"},), (({"dsconv"},),))
    assert second.downsamples == ({"conv"}, {"mbconv"})
    cascaded = {"cascaded_group_attention", "softmax", "cascade"}
    assert second.blocks == (
        ({"mbconv"}, {"mbconv", "linear_attention"}, {"mbconv", *cascaded}),
        ({"sandwich"}, {"sandwich", "linear_attention"}, {"sandwich", *cascaded}),
    )

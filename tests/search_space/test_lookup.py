"""Rows of a level's blocks against the settings that they stand for, gene by gene."""

from itertools import product

import numpy as np
import pytest

from search_space import BlockRows, LevelChoices, SearchSpace
from search_space.blocks import DSConvChoices, SandwichChoices

ALTERNATING = LevelChoices(
    stride=2,
    widths=(8,),
    depths=(2,),
    blocks=(
        (DSConvChoices(kernels=(3, 5)), SandwichChoices(expands=(1, 2), kernels=(3, 5))),
        DSConvChoices(kernels=(3, 5)),
    ),
)


def levels(tiny_space: SearchSpace) -> list[LevelChoices]:
    return [*tiny_space.levels, ALTERNATING]


@pytest.mark.parametrize("level", range(3))
@pytest.mark.parametrize("attention_settings", [False, True])
def test_each_row_is_what_its_genes_decode_to(tiny_space: SearchSpace, level: int, attention_settings: bool) -> None:
    choices = levels(tiny_space)[level]
    rows = BlockRows(choices=choices, attention_settings=attention_settings)
    found = list(rows.settings(12))
    assert len(rows) == len(found)
    rng = np.random.default_rng(0)
    genotypes = rng.integers([len(gene.choices) for gene in choices.genes], size=(200, len(choices.genes)))
    genotypes[:, choices.place["depth"]] = len(choices.depths) - 1
    genotypes[:, choices.place["width"]] = 0
    for genotype, row in zip(genotypes, rows.of(genotypes.T), strict=True):
        pattern, indices, attention = found[row]
        assert pattern == genotype[choices.place["block"]]
        assert indices == {name: genotype[choices.place[name]] for name in indices}
        built = choices.decode(genotype.tolist())
        assert built is not None
        if choices.has_attention(pattern):
            assert (attention is None) == (built.attention is None)
            assert attention is None or type(attention) is type(built.attention)
        if attention_settings:
            assert tuple(b.canonical() for b in choices.repeated(pattern, indices, attention)) == built.blocks


def test_a_level_without_blocks_has_one_row() -> None:
    choices = LevelChoices(stride=2, widths=(4, 8))
    rows = BlockRows(choices=choices)
    assert len(rows) == 1
    assert rows.of(np.zeros((len(choices.genes), 3), dtype=int)).tolist() == [0, 0, 0]
    assert not rows.has_attention.any()


def test_rows_are_in_the_order_of_the_settings(tiny_space: SearchSpace) -> None:
    choices = tiny_space.levels[1]
    expected = [(s.pattern, dict(s.indices)) for s in choices.settings()]
    found = [(pattern, indices) for pattern, indices, _ in BlockRows(choices=choices).settings(12)]
    assert found == expected
    assert len(found) == len(list(product(range(2), range(2), range(3))))

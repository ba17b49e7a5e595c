"""Choices in words: every gene of every space, every block and head of the published models, no Python in them."""

import re
from dataclasses import replace

import pytest

from nas.words import attention_words, change_words, gene_words, value_words
from search_space import PUBLISHED, SPACES, SearchSpace, named_space, operators, published
from search_space.choices import Gene
from search_space.downsamples import ConvDownsample, MBConvDownsample

PYTHON = re.compile(r"[(){}\[\]\"_=<>]|(?<![a-z])'|'(?![a-z])|None|True|False|object|Head$|\bat 0x")
GENES = [pytest.param(gene, id=f"{name}-{gene.name}") for name in SPACES for gene in named_space(name).genes]


@pytest.mark.parametrize("gene", GENES)
def test_every_gene_has_words(gene: Gene) -> None:
    words = [value_words(gene.name, value) for value in gene.choices]
    for text in (gene_words(gene.name), *words):
        assert text.strip()
        assert not PYTHON.search(text), text
        assert len(text) <= 56
    assert len(set(words)) == len(words)  # no two choices look alike


@pytest.mark.parametrize("name", SPACES)
def test_no_two_genes_share_words(name: str) -> None:
    found = [gene_words(gene.name) for gene in named_space(name).genes]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_models_have_words(name: str) -> None:
    arch = published(name)
    found = [attention_words(level) for level in arch.levels]
    found += [
        value_words("levels.4.block", op.kind.removesuffix("_downsample")) for _, op in operators(arch) if not op.head
    ]
    found += [value_words("activation", arch.activation), *([arch.head.describe()] if arch.head else [])]
    assert not [text for text in found if PYTHON.search(text)]


@pytest.mark.parametrize(
    ("gene", "value", "words"),
    [
        ("resolution", 224, "224 px"),
        ("levels.16.width", 160, "160 channels"),
        ("levels.16.downsample", MBConvDownsample(expand=4), "MBConv, expansion 4"),
        ("levels.16.downsample", ConvDownsample(), "convolution"),
        ("levels.16.kernel", 5, "5x5"),
        ("levels.64.present", False, "left out"),
        ("levels.16.linear.scales", (), "none"),
        ("levels.16.linear.scales", (3, 5), "3, 5"),
        ("levels.16.linear.head_ratio", 0.5, "half"),
        ("levels.16.cascaded_group.query_kernels", (7, 5, 3, 3), "7, 5, 3, 3"),
        ("something.new", None, "none"),
        ("something.new", ("fused_mbconv", 2.5), "fused MBConv, 2.5"),
    ],
)
def test_words_of_a_value(gene: str, value: object, words: str) -> None:
    assert value_words(gene, value) == words


def test_attention_comes_with_its_settings() -> None:
    space = named_space("efficientvit")
    b1 = space.published_members["mit-b1"]
    level = next(level for level in b1.levels if level.stride == 16)
    bare = replace(b1, levels=tuple(each.with_attention(None) if each == level else each for each in b1.levels))
    assert change_words("levels.16.attention", "none", "linear", bare, b1) == (
        "attention at stride 16: none -> linear attention, 8 heads x 16, scales 5"
    )
    assert change_words("resolution", 224, 288, b1, b1) == "input size: 224 px -> 288 px"
    m4 = space.published_members["msra-m4"]
    assert attention_words(m4.levels[-1]) == "cascaded group attention, 4 heads, window 7"


def test_words_of_a_space_of_ones_own(tiny_space: SearchSpace) -> None:
    assert not [
        gene.name for gene in tiny_space.genes for v in gene.choices if PYTHON.search(value_words(gene.name, v))
    ]

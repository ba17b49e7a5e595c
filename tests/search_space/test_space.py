"""Spaces against brute force on one small enough to enumerate, and the operators on random members."""

from itertools import product

import numpy as np
import pytest

from search_space import COST_FIELDS, SPACES, LevelChoices, NormLinearHead, SearchSpace, arch_cost, named_space
from search_space.attention import CascadedGroupAttentionChoices, LinearAttentionChoices
from search_space.blocks import DSConvChoices, EViTChoices, SandwichChoices
from search_space.downsamples import ConvDownsample, MBConvDownsample

ATTENTIONS = (
    None,
    LinearAttentionChoices(head_dims=(8,), head_ratios=(0.5, 1.0), scales=((), (3,))),
    CascadedGroupAttentionChoices(heads=(2, 3), key_dims=(4,), windows=(2,), query_kernels=((3, 3, 3),)),
)
TINY = SearchSpace(
    name="tiny",
    resolutions=(16, 32),
    heads=(NormLinearHead(classes=2),),
    levels=(
        LevelChoices(stride=2, widths=(4, 8), depths=(0, 1), blocks=(DSConvChoices(kernels=(3, 5)),)),
        LevelChoices(
            stride=4,
            widths=(12, 16),
            depths=(0, 2),
            downsamples=(ConvDownsample(), MBConvDownsample(expand=2, fewer_norm=True)),
            blocks=(
                EViTChoices(expands=(1, 2), attentions=ATTENTIONS, fewer_norm=True),
                SandwichChoices(expands=(1, 2), attentions=ATTENTIONS),
            ),
            optional=True,
        ),
    ),
)


def test_size_equals_enumeration() -> None:
    genotypes = product(*(range(len(gene.choices)) for gene in TINY.genes))
    assert TINY.size == len({TINY.decode(genotype) for genotype in genotypes})


def test_every_genotype_round_trips_through_its_canonical_form() -> None:
    for genotype in product(*(range(len(gene.choices)) for gene in TINY.genes)):
        arch = TINY.decode(genotype)
        assert TINY.decode(TINY.encode(arch)) == arch


@pytest.mark.parametrize("name", SPACES)
def test_members_round_trip(name: str) -> None:
    space, rng = named_space(name), np.random.default_rng(0)
    for _ in range(300):
        arch = space.sample(rng)
        assert space.decode(space.encode(arch)) == arch


@pytest.mark.parametrize("name", SPACES)
def test_same_seed_same_members(name: str) -> None:
    space = named_space(name)
    first, second = ([space.sample(np.random.default_rng(7)) for _ in range(5)] for _ in range(2))
    assert first == second


@pytest.mark.parametrize("name", SPACES)
def test_mutants_and_children_are_members(name: str) -> None:
    space, rng = named_space(name), np.random.default_rng(1)
    for _ in range(50):
        first, second = space.sample(rng), space.sample(rng)
        assert space.mutate(first, rng) != first
        child = space.encode(space.crossover(first, second, rng))
        assert len(child) == len(space.genes)


@pytest.mark.parametrize("name", SPACES)
def test_extremes_bound_random_members(name: str) -> None:
    space, rng = named_space(name), np.random.default_rng(2)
    macs = [arch_cost(space.sample(rng)).macs for _ in range(300)]
    assert arch_cost(space.smallest()).macs <= min(macs)
    assert arch_cost(space.largest()).macs >= max(macs)


def test_every_gene_value_is_reached() -> None:
    space, rng = named_space("digits"), np.random.default_rng(3)
    genotypes = np.array([space.sample_genotype(rng) for _ in range(500)])
    for column, gene in zip(genotypes.T, space.genes, strict=True):
        assert set(column) == set(range(len(gene.choices)))


def test_wrong_genotypes_are_named() -> None:
    with pytest.raises(ValueError, match=r"space tiny has \d+ genes, got 1"):
        TINY.decode((0,))
    with pytest.raises(ValueError, match="gene resolution has choices 0 to 1, got 2"):
        TINY.decode((2, *[0] * (len(TINY.genes) - 1)))


def test_a_stranger_is_refused_with_the_reason() -> None:
    with pytest.raises(ValueError, match=r"resolution \(32, 32\) is not among"):
        named_space("efficientvit").encode(named_space("digits").largest())


def test_unknown_space() -> None:
    with pytest.raises(ValueError, match="unknown space 'imagenet'; known: efficientvit, efficientvit-l, digits"):
        named_space("imagenet")


@pytest.mark.parametrize("name", SPACES)
def test_features_are_finite_and_tell_members_apart(name: str) -> None:
    space, rng = named_space(name), np.random.default_rng(4)
    archs = list({space.sample(rng): None for _ in range(100)})
    found = np.array([space.features(arch) for arch in archs])
    assert found.shape == (len(archs), len(space.genes) + len(COST_FIELDS))
    assert np.isfinite(found).all()
    assert len(np.unique(found, axis=0)) == len(archs)
    assert (found[:, : len(space.genes)] <= 1).all()


def test_published_members_take_the_nearest_size_that_is_offered() -> None:
    space = named_space("efficientvit").for_data(classes=10, in_channels=3, resolutions=(128, 160))
    for arch in space.published_members.values():
        assert arch.resolution == (160, 160)
        assert arch in space

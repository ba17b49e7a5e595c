"""Published counts (arXiv 2205.14756 and 2305.07027, their repositories and timm) against the cost model."""

from dataclasses import replace

import pytest

from search_space import ALIASES, PUBLISHED, ArchConfig, arch_cost, named_space, published

PARAMETERS = {
    "mit-b0": 3_410_008,
    "mit-b1": 9_102_024,
    "mit-b2": 24_330_712,
    "mit-b3": 48_646_056,
    "mit-l0": 27_805_472,
    "mit-l1": 52_654_088,
    "mit-l2": 63_707_016,
    "mit-l3": 246_037_288,
    "msra-m0": 2_349_436,
    "msra-m1": 2_980_560,
    "msra-m2": 4_187_554,
    "msra-m3": 6_900_722,
    "msra-m4": 8_804_228,
    "msra-m5": 12_473_772,
}
GMACS = {
    "mit-b0": 0.1002,
    "mit-b1": 0.519,
    "mit-b2": 1.585,
    "mit-b3": 3.954,
    "mit-l1": 5.259,
    "mit-l2": 6.950,
    "mit-l3": 27.59,
    "msra-m0": 0.07919,
    "msra-m1": 0.16705,
    "msra-m2": 0.20104,
    "msra-m3": 0.26266,
    "msra-m4": 0.29931,
    "msra-m5": 0.52158,
    "mit-b0-seg-cityscapes": 4.39,
    "mit-b1-seg-cityscapes": 25.1,
    "mit-b2-seg-cityscapes": 73.6,
    "mit-b3-seg-cityscapes": 179.2,
    "mit-l1-seg-cityscapes": 282.5,
    "mit-l2-seg-cityscapes": 396.1,
    "mit-b1-seg-ade20k": 3.09,
    "mit-b2-seg-ade20k": 9.08,
    "mit-b3-seg-ade20k": 22.2,
    "mit-l1-seg-ade20k": 36.3,
    "mit-l2-seg-ade20k": 45.2,
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_equal_the_published_integers(name: str) -> None:
    assert arch_cost(published(name)).parameters == PARAMETERS[name]


@pytest.mark.parametrize("name", GMACS)
def test_macs_within_half_a_percent(name: str) -> None:
    assert arch_cost(published(name)).macs / 1e9 == pytest.approx(GMACS[name], rel=0.005)


def test_classifier_head_is_most_of_b0() -> None:
    whole = arch_cost(published("mit-b0")).parameters
    assert whole - 682_608 == pytest.approx(0.8 * whole, rel=0.01)


def test_27_models_with_distinct_ids_and_a_json_round_trip() -> None:
    archs = [published(name) for name in PUBLISHED]
    assert len(archs) == len({arch.arch_id for arch in archs}) == 27
    assert [ArchConfig.from_json(arch.to_json()) for arch in archs] == archs


def test_timm_names_are_aliases() -> None:
    assert all(published(alias) == published(name) for alias, name in ALIASES.items())


def test_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"unknown published model 'mit-b9'; known: mit-b0, "):
        published("mit-b9")


@pytest.mark.parametrize(("name", "count"), [("efficientvit", 10), ("efficientvit-l", 2)])
def test_spaces_hold_their_published_members(name: str, count: int) -> None:
    space = named_space(name)
    assert len(space.members) == count
    assert {member: published(member) for member in space.members} == space.published_members
    for arch in space.published_members.values():
        for side in space.resolutions:
            sized = replace(arch, resolution=(side, side))
            assert space.decode(space.encode(sized)) == sized


def test_members_take_the_epsilons_of_the_space() -> None:
    space = named_space("efficientvit-l").with_epsilons(attention_eps=1e-5, conv_norm_eps=1e-5)
    arch = space.published_members["mit-l2"]
    assert (space.conv_norm_eps, arch.attention_eps, arch.norm_eps) == (1e-5, 1e-5, 1e-7)
    assert arch in space
    assert arch not in named_space("efficientvit-l")

"""The published models by name: distinct, readable, and members of the spaces that claim them."""

from dataclasses import replace

import pytest

from search_space import ALIASES, PUBLISHED, ArchConfig, named_space, published


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

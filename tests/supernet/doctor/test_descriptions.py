"""Descriptions: what JSON, genotypes or arrays lose is found."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import search_space.arch
from search_space import ArchConfig, Canonical, Genotype, SearchSpace
from supernet import Supernet
from supernet.doctor import Subject
from supernet.doctor.descriptions import arrays_equal_slow_path, genotypes_round_trip, json_round_trips

Plant = Callable[[pytest.MonkeyPatch], None]
IsFound = Callable[[Plant, str, str], None]


def forgetful_json(patch: pytest.MonkeyPatch) -> None:
    """A field that is not read back."""
    right = search_space.arch.checked_fields

    def checked_fields(cls: type, data: Any, where: str, *, parts: tuple[str, ...] = ()) -> dict[str, Any]:
        found = right(cls, data, where, parts=parts)
        return {name: value for name, value in found.items() if name != "fewer_norm"}

    patch.setattr(search_space.arch, "checked_fields", checked_fields)


def forgetful_encode(patch: pytest.MonkeyPatch) -> None:
    """A genotype whose level has another kernel than the network's."""
    right = SearchSpace.encode

    def encode(self: SearchSpace, arch: ArchConfig) -> Genotype:
        levels = tuple(
            replace(level, blocks=tuple(replace(block, kernel=3) for block in level.blocks)) for level in arch.levels
        )
        return right(self, replace(arch, levels=levels))

    patch.setattr(SearchSpace, "encode", encode)


def lazy_arrays(patch: pytest.MonkeyPatch) -> None:
    """Genes that a network does not use are left as they are."""
    patch.setattr(Canonical, "__call__", lambda self, genotypes: genotypes)


@pytest.mark.parametrize(
    ("plant", "check", "words"),
    [
        (forgetful_json, "json", "JSON"),
        (forgetful_encode, "genotypes", "genotype ("),
        (lazy_arrays, "arrays", "gene levels."),
    ],
)
def test_planted_defects_are_found(is_found: IsFound, plant: Plant, check: str, words: str) -> None:
    is_found(plant, check, words)


def test_a_healthy_space_is_counted(tiny_space: SearchSpace) -> None:
    subject = Subject(supernet=Supernet(tiny_space).eval(), quick=True)
    assert json_round_trips(subject).endswith(f"operators, {len(subject.archs)} sub-networks")
    assert genotypes_round_trip(subject) == arrays_equal_slow_path(subject) == "50 genotypes"

"""A healthy supernet is silent, and so is a healthy part that somebody wrote."""

import pytest

from search_space import ATTENTION, SearchSpace
from supernet import Supernet
from supernet.doctor import Subject, Verdict, examine, space_around


def failed(found: list[Verdict]) -> list[str]:
    return [f"{each.name}: {each.where}, {each.expected}, {each.found}" for each in found if each.passed is False]


@pytest.mark.parametrize("part", [*ATTENTION, "se_merge", "fused_mbconv", "resblock", "seg", "mit"])
def test_healthy_parts_are_silent(part: str) -> None:
    found = examine(space_around(part), quick=True)
    assert failed(found) == []
    assert [each.name for each in found if each.passed is None] == ["ledger", "processes"]


def test_a_healthy_supernet_is_silent_at_length(tiny_space: SearchSpace) -> None:
    heard: list[Verdict] = []
    found = examine(Supernet(tiny_space, seed=3).eval(), seed=3, on_check=heard.append)
    assert failed(found) == []
    assert heard == found


def test_a_part_of_one_s_own_is_silent_and_found_by_another_process(own_type: str) -> None:
    found = examine(Subject.named(f"part:{own_type}", quick=True))
    assert failed(found) == []
    assert [each.name for each in found if each.passed is None] == ["ledger"]

"""Processes: a space that is another one elsewhere is found, and digests tell subjects apart."""

from pathlib import Path

import pytest

from search_space import SearchSpace
from supernet import Supernet
from supernet.doctor import CHECKS, NotApplicableError, Subject
from supernet.doctor.processes import digests, same_in_another_process

(PROCESSES,) = (check for check in CHECKS if check.name == "processes")


def test_a_space_that_hashes_strings_differs_in_another_process(tmp_path: Path) -> None:
    code = (
        "from supernet.doctor import space_around\nfrom dataclasses import replace\n"
        "SPACE = replace(space_around('linear'), norm_eps=1e-5 + hash('any') % 10**6 * 1e-12)\n"
    )
    (tmp_path / "hashed.py").write_text(code)
    subject = Subject.named(f"part:{tmp_path / 'hashed.py'}:SPACE")
    found = PROCESSES.run(subject)
    assert found.passed is False
    assert "in another process" in found.where


def test_digests_are_those_of_the_seed(tiny_space: SearchSpace) -> None:
    first, again, other = (
        digests(Subject(supernet=Supernet(tiny_space, seed=seed).eval(), seed=seed)) for seed in (0, 0, 1)
    )
    assert first == again
    assert {name for name in first if first[name] != other[name]} == {"weights", "drawn members", "outputs"}


def test_without_a_name_no_other_process_finds_the_space(tiny_space: SearchSpace) -> None:
    with pytest.raises(NotApplicableError, match="no name under which another process finds the space"):
        same_in_another_process(Subject(supernet=Supernet(tiny_space).eval()))

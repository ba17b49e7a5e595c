"""The log of evaluations that searches share."""

import json
from pathlib import Path

import pytest

from nas.search.evaluations import EvaluationLog
from search_space import published


def test_what_another_process_evaluated_is_known_at_once(tmp_path: Path) -> None:
    path, a, b = tmp_path / "evaluations.jsonl", published("mit-b0"), published("mit-b1")
    other = json.dumps({"supernet": "other", "arch_id": a.arch_id, "accuracy": 1.0})
    path.write_text(other + '\n{"supernet": "s", "torn')
    ours, theirs = (EvaluationLog(path, {"supernet": "s"}, absent=frozenset({"data"})) for _ in range(2))
    elsewhere = EvaluationLog(path, {"supernet": "s", "data": "d"})
    assert ours.get(a.arch_id) is None
    theirs.add(a, 12.5)
    elsewhere.add(a, 99.0)
    with path.open("a") as file:
        file.write('{"half a')
    assert (ours.get(a.arch_id), elsewhere.get(a.arch_id), ours.get(b.arch_id)) == (12.5, 99.0, None)
    ours.add(b, 50.0)
    assert theirs.get(b.arch_id) == 50.0
    assert theirs.archs() == sorted([a, b], key=lambda arch: arch.arch_id)
    assert [json.loads(line)["accuracy"] for line in path.read_text().splitlines()] == [1.0, 12.5, 99.0, 50.0]


def test_a_line_that_is_no_evaluation_is_named(tmp_path: Path) -> None:
    path = tmp_path / "evaluations.jsonl"
    path.write_text('{"supernet": "s", "arch_id": "a", "accuracy": 1.0}\n[]\n')
    with pytest.raises(ValueError, match=r"evaluations.jsonl line 2 is not an evaluation; delete that line"):
        EvaluationLog(path, {"supernet": "s"})

"""Evaluations that processes share in a file: known at once, by their labels, with their intervals."""

import json
from pathlib import Path

import pytest

from nas.search.evaluations import EvaluationLog
from search_space import published
from supernet import Score
from supernet.tasks.classification import top1_score


def test_what_another_process_evaluated_is_known_at_once(tmp_path: Path) -> None:
    path, a, b = tmp_path / "evaluations.jsonl", published("mit-b0"), published("mit-b1")
    other = json.dumps({"supernet": "other", "arch_id": a.arch_id, "accuracy": 1.0})
    path.write_text(other + '\n{"supernet": "s", "torn')
    ours, theirs = (EvaluationLog(path, {"supernet": "s"}, images=40, absent=frozenset({"data"})) for _ in range(2))
    elsewhere = EvaluationLog(path, {"supernet": "s", "data": "d"}, images=40)
    few, half, most = (top1_score(percent, 40) for percent in (12.5, 50.0, 97.5))
    assert ours.get(a.arch_id) is None
    theirs.add(a, few)
    elsewhere.add(a, most)
    with path.open("a") as file:
        file.write('{"half a')
    assert (ours.get(a.arch_id), elsewhere.get(a.arch_id), ours.get(b.arch_id)) == (few, most, None)
    ours.add(b, half)
    assert theirs.get(b.arch_id) == half
    assert theirs.archs() == sorted([a, b], key=lambda arch: arch.arch_id)
    assert [json.loads(line)["accuracy"] for line in path.read_text().splitlines()] == [1.0, 12.5, 97.5, 50.0]


def test_a_line_that_is_no_evaluation_is_named(tmp_path: Path) -> None:
    path = tmp_path / "evaluations.jsonl"
    path.write_text('{"supernet": "s", "arch_id": "a", "accuracy": 1.0}\n[]\n')
    with pytest.raises(ValueError, match=r"evaluations.jsonl line 2 is not an evaluation; delete that line"):
        EvaluationLog(path, {"supernet": "s"}, images=40)


def test_a_score_comes_back_as_it_was_whatever_its_metric(tmp_path: Path) -> None:
    path, arch = tmp_path / "evaluations.jsonl", published("mit-b0")
    score = Score(metric="mIoU", value=100 / 3, low=30.125, high=41.0, images=12)
    EvaluationLog(path, {"supernet": "s"}, images=40).add(arch, score)
    assert EvaluationLog(path, {"supernet": "s"}, images=40).get(arch.arch_id) == score
    record = json.loads(path.read_text())
    assert (record["accuracy"], record["metric"]) == (100 / 3, "mIoU")


def test_a_record_of_a_value_alone_is_a_top_1_accuracy_on_all_images(tmp_path: Path) -> None:
    """As versions before tasks wrote it."""
    path = tmp_path / "evaluations.jsonl"
    path.write_text('{"supernet": "s", "arch_id": "a", "accuracy": 62.5}\n')
    assert EvaluationLog(path, {"supernet": "s"}, images=40).get("a") == top1_score(62.5, 40)

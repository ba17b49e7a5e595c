"""Locks that die with their process, and files of lines that several processes append to."""

import json
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nas.locks import append_shared, holding, is_held
from nas.search.evaluations import EvaluationLog
from search_space import published


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not is_held(path)
    code = "import time\nfrom pathlib import Path\nfrom nas.locks import holding\n"
    code += f"with holding(Path({str(path)!r})):\n    print('held', flush=True)\n    time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        assert is_held(path)
        process.send_signal(signal.SIGKILL)
    until = time.monotonic() + 5
    while is_held(path) and time.monotonic() < until:
        time.sleep(0.01)
    assert not is_held(path)
    with holding(path):
        assert is_held(path)
    assert not is_held(path)


def test_lines_of_many_writers_stay_whole_and_a_torn_one_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_text("first\ntorn")
    texts = [str(number) * 3000 for number in range(10)]
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda text: append_shared(path, {"text": text}), texts))
    lines = path.read_text().splitlines()
    assert lines[0] == "first"
    assert sorted(json.loads(line)["text"] for line in lines[1:]) == sorted(texts)


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

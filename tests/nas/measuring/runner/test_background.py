"""One runner at a time on the same results, and what is seen of it from outside."""

import json
from pathlib import Path

import pytest

from nas.measuring.runner.background import Progress, lock, locked, status
from nas.measuring.runner.errors import RunnerError


def test_a_second_runner_is_kept_off_until_the_first_is_through(tmp_path: Path) -> None:
    out = tmp_path / "results.jsonl"
    assert not locked(out)
    with lock(out):
        assert locked(out)
        with (
            pytest.raises(RunnerError, match=r"another runner is at work on .*; see --status"),
            lock(out),
        ):
            pass
    assert not locked(out)


def test_the_status_is_what_is_on_the_disk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "results.jsonl"
    assert status(out) == {
        "running": False, "finished": False, "done": 0, "total": 0, "seconds_left": 0, "message": ""
    }  # fmt: skip
    progress = Progress(out)
    progress.step(2, 8)
    progress.step(8, 8)
    assert json.loads((tmp_path / "progress.json").read_text()) == {"done": 8, "total": 8, "seconds_left": 0}
    assert capsys.readouterr().out.splitlines()[-1].startswith("8/8 steps, 0:00:00 left")
    (tmp_path / "run.log").write_text("8/8 steps\ndone: results.jsonl; 0 of 3 models failed; bring this file home\n")
    found = status(out)
    assert (found["finished"], found["done"], found["message"][:4]) == (True, 8, "done")

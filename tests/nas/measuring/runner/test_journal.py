"""The journal of visits: sealed, synced, cut where torn, refused where changed."""

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from nas.measuring.runner.journal import Journal
from nas.measuring.runner.protocol import Visit

HEADER = {"plan": "test", "rounds": 4}


def test_a_torn_header_starts_over(tmp_path: Path) -> None:
    (tmp_path / "raw.jsonl").write_text('{"plan":"te')
    assert Journal(tmp_path / "raw.jsonl", HEADER).visits == []
    assert Journal(tmp_path / "raw.jsonl", HEADER).header == HEADER
    assert (tmp_path / "raw.jsonl").read_text().count("\n") == 1


def test_another_plan_and_a_broken_line_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "raw.jsonl"
    Journal(path, HEADER)
    with pytest.raises(ValueError, match="belongs to another plan"):
        Journal(path, HEADER | {"rounds": 5})
    path.write_text(path.read_text() + "{broken\n")
    with pytest.raises(ValueError, match="line 2 is broken"):
        Journal(path, HEADER)


def three_lines(path: Path) -> list[str]:
    journal = Journal(path, HEADER)
    for number in range(3):
        journal.add(Visit("a", 0, number, [10, 20], [10, 20], [0, 0]))
    return path.read_text().splitlines(keepends=True)


def test_a_line_edited_by_hand_is_named(tmp_path: Path) -> None:
    path = tmp_path / "raw.jsonl"
    lines = three_lines(path)
    path.write_text("".join(lines).replace("[10,20]", "[10,19]", 4).replace("[10,19]", "[10,20]", 3))
    with pytest.raises(ValueError, match=r"raw\.jsonl line 3 \(model a, round 1\) was changed"):
        Journal(path, HEADER)


@pytest.mark.parametrize("order", [[0, 1, 3], [0, 2, 1, 3], [0, 1, 1, 2, 3]])
def test_lines_taken_out_moved_or_repeated_are_noticed(order: list[int], tmp_path: Path) -> None:
    path = tmp_path / "raw.jsonl"
    lines = three_lines(path)
    path.write_text("".join(lines[index] for index in order))
    with pytest.raises(ValueError, match=r"line \d .* was changed after it was measured, or a line before it was"):
        Journal(path, HEADER)


@pytest.mark.parametrize("wall", [[], [0, 1], [-5, 20], [1.5, 2], [1], [True, 2], "12"])
def test_impossible_times_are_refused_though_sealed(wall: object, tmp_path: Path) -> None:
    path = tmp_path / "raw.jsonl"
    three_lines(path)
    journal = Journal(path, HEADER)
    journal._append({**journal.visits[0]._asdict(), "wall_ns": wall})
    with pytest.raises(ValueError, match="line 5 is broken: "):
        Journal(path, HEADER)


def test_a_full_disk_leaves_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "raw.jsonl"
    code = f"""
        import itertools, pathlib, resource
        from nas.measuring.runner.journal import Journal
        from nas.measuring.runner.protocol import Visit
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        journal = Journal(pathlib.Path({str(path)!r}), {HEADER!r})
        for number in itertools.count():
            journal.add(Visit("a", 0, number, *[[number + 1] * 5] * 3))
    """
    found = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True)
    assert "File too large" in found.stderr
    assert path.read_bytes().endswith(b"\n")
    journal = Journal(path, HEADER)
    assert 3 < len(journal.visits) < 10
    journal.add(Visit("a", 0, len(journal.visits), [1], [1], [0]))
    assert [visit.round for visit in Journal(path, HEADER).visits] == list(range(len(journal.visits)))


def test_a_killed_process_loses_at_most_the_visit_in_flight(tmp_path: Path) -> None:
    path = tmp_path / "raw.jsonl"
    code = f"""
        import itertools, pathlib
        from nas.measuring.runner.journal import Journal
        from nas.measuring.runner.protocol import Visit
        journal = Journal(pathlib.Path({str(path)!r}), {HEADER!r})
        for number in itertools.count():
            journal.add(Visit("a", 0, number, *[[number + 1] * 5] * 3))
            print(number, flush=True)
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(20):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        announced = 20 + len(process.stdout.readlines())
    found = [visit.round for visit in Journal(path, HEADER).visits]
    assert found == list(range(len(found)))
    assert len(found) >= announced - 1  # the last announced number may itself be half a line


def test_a_visit_survives_the_disk(tmp_path: Path) -> None:
    visit = Visit("a", 1, 2, [3, 4], [5, 6], [0, 1])
    Journal(tmp_path / "raw.jsonl", HEADER).add(visit)
    assert Journal(tmp_path / "raw.jsonl", HEADER).visits == [visit]

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from nas.measuring.environment import environment, warnings_of
from nas.measuring.estimate import estimate
from nas.measuring.runner import loop, timing
from nas.measuring.runner.errors import ModelError
from nas.measuring.runner.journal import Journal
from nas.measuring.runner.loop import measure_group, measure_plan
from nas.measuring.runner.protocol import MeasuringProtocol, Visit
from nas.measuring.runner.timing import Timed

FAST = MeasuringProtocol(rounds=4, extra_rounds=2, visit_ms=12.0, warm_up_ms=1.0, max_warm_up_ms=50.0)
HEADER = {"plan": "test", "rounds": 4}


class FakeTime:
    """Stands in for `time`: only the models' runs take any."""

    def __init__(self) -> None:
        self.now_ns = 0

    def perf_counter_ns(self) -> int:
        return self.now_ns

    def thread_time_ns(self) -> int:
        return self.now_ns

    def perf_counter(self) -> float:
        return self.now_ns / 1e9

    def strftime(self, *_: object) -> str:
        return "2000-01-01T00:00:00+00:00"

    def gmtime(self) -> None:
        pass

    def model(self, latency_ms: float) -> Timed:
        def run() -> None:
            self.now_ns += int(latency_ms * 1e6)

        return Timed(run)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    fake = FakeTime()
    monkeypatch.setattr(timing, "time", fake)
    monkeypatch.setattr(timing, "_switches", lambda: 0)
    monkeypatch.setattr(loop, "machine_state", dict)
    monkeypatch.setattr(loop, "note_reference", lambda *_: None)
    return fake


def test_known_latencies_come_back_exactly(clock: FakeTime, tmp_path: Path) -> None:
    latencies = {"a": 0.5, "b": 2.0, "c": 8.0, "d": 1.0}
    journal, visits = Journal(tmp_path / "raw.jsonl", HEADER), []
    runs = {name: clock.model(ms) for name, ms in latencies.items()}
    measure_group(0, runs, ("a",), journal, FAST, lambda: visits.append(1))
    found = estimate(journal.visits)
    assert {name: result.p50_ms for name, result in found.items()} == pytest.approx(latencies)
    assert len(visits) == 4 * FAST.rounds == len(journal.visits)


@pytest.mark.parametrize(("latency_ms", "expected"), [(0.01, 40), (1.0, 12), (100.0, 3)])
def test_a_visit_has_as_many_runs_as_fit(clock: FakeTime, tmp_path: Path, latency_ms: float, expected: int) -> None:
    journal = Journal(tmp_path / "raw.jsonl", HEADER)
    measure_group(0, {"a": clock.model(latency_ms)}, (), journal, FAST, lambda: None)
    assert {len(visit.wall_ns) for visit in journal.visits} == {expected}


def test_each_round_begins_and_ends_with_the_reference_operation(tmp_path: Path) -> None:
    path = tmp_path / "raw.jsonl"
    runs = {name: Timed(lambda: time.sleep(0.0005)) for name in "abcd"}
    measure_group(3, runs, (), Journal(path, HEADER), FAST, lambda: None)
    records = [json.loads(line) for line in path.read_text().splitlines()]
    planned = [record for record in records if record.get("round", -1) in range(FAST.rounds)]
    kinds = ["reference" if "reference" in record else "visit" for record in planned if "state" not in record]
    assert kinds == (["reference", "visit", "reference", *["visit"] * 3, "reference"]) * FAST.rounds
    journal = Journal(path, HEADER)
    assert {group for group, _, _ in journal.references} == {3}
    assert all(1_000 < ns < 100_000_000 for _, _, ns in journal.references)


def test_every_round_has_every_model_in_another_order_fixed_by_the_seed(clock: FakeTime, tmp_path: Path) -> None:
    def order(seed: int, file: str) -> list[list[str]]:
        journal = Journal(tmp_path / file, HEADER)
        runs = {name: clock.model(1.0) for name in "abcdefgh"}
        measure_group(0, runs, (), journal, MeasuringProtocol(rounds=4, seed=seed, warm_up_ms=1.0), lambda: None)
        return [[v.model for v in journal.visits if v.round == number] for number in range(4)]

    first = order(0, "first")
    assert all(sorted(names) == list("abcdefgh") for names in first)
    assert len({tuple(names) for names in first}) > 1
    assert order(0, "again") == first
    assert order(1, "other") != first


def test_a_noisy_model_is_measured_again_with_the_anchors(clock: FakeTime, tmp_path: Path) -> None:
    steps = iter(range(10**6))

    def noisy() -> None:
        clock.now_ns += 1_000_000 * (1 + next(steps) // 5 % 3)

    runs = {name: clock.model(ms) for name, ms in {"a": 1.0, "b": 2.0, "c": 3.0}.items()} | {"x": Timed(noisy)}
    journal = Journal(tmp_path / "raw.jsonl", HEADER)
    measure_group(0, runs, ("a", "b"), journal, FAST, lambda: None)
    again = {visit.model for visit in journal.visits if visit.round >= FAST.rounds}
    assert again == {"x", "a", "b"}
    assert max(visit.round for visit in journal.visits) == FAST.rounds + FAST.extra_rounds - 1


def test_a_second_run_repeats_nothing(clock: FakeTime, tmp_path: Path) -> None:
    path, runs = tmp_path / "raw.jsonl", {name: clock.model(1.0) for name in "abc"}
    measure_group(0, runs, (), Journal(path, HEADER), FAST, lambda: None)
    before, visits = path.read_bytes(), []
    measure_group(0, runs, (), Journal(path, HEADER), FAST, lambda: visits.append(1))
    assert path.read_bytes() == before
    assert visits == []


@pytest.mark.parametrize("cut", [1, 20, 150])
def test_a_torn_line_costs_that_visit_only(clock: FakeTime, tmp_path: Path, cut: int) -> None:
    path, runs = tmp_path / "raw.jsonl", {name: clock.model(1.0) for name in "abc"}
    first = Journal(path, HEADER)
    measure_group(0, runs, (), first, FAST, lambda: None)
    whole = path.read_bytes()
    os.truncate(path, len(whole) - cut)
    journal = Journal(path, HEADER)
    lost = 12 - len(journal.visits)
    assert lost == 1 + whole[len(whole) - cut : -1].count(b"\n")
    measure_group(0, runs, (), journal, FAST, lambda: None)
    assert sorted(Journal(path, HEADER).visits) == sorted(first.visits)


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


def test_a_model_that_fails_does_not_stop_the_others(clock: FakeTime, tmp_path: Path) -> None:
    calls = iter(range(100))

    def breaks() -> None:
        clock.now_ns += 1_000_000
        if next(calls) > 30:
            raise RuntimeError("out of memory\nat node 7")

    def load(key: str) -> Timed:
        if key == "c":
            raise ModelError("no such operator")
        return Timed(breaks) if key == "b" else clock.model(1.0)

    journal, steps = Journal(tmp_path / "raw.jsonl", HEADER), list[tuple[int, int]]()
    measure_plan([["a", "b", "c"], ["a", "d"]], ("a",), load, journal, FAST, lambda *step: steps.append(step))
    assert journal.failed == {(0, "b"): "cannot run: out of memory", (0, "c"): "no such operator"}
    assert journal.finished == {0, 1}
    assert {(v.group, v.model) for v in journal.visits if v.round == FAST.rounds - 1} == {
        (0, "a"),
        (1, "a"),
        (1, "d"),
    }
    assert steps[-1] == (25, 25)
    assert steps == sorted(steps)
    before = (tmp_path / "raw.jsonl").read_bytes()
    measure_plan([["a", "b", "c"], ["a", "d"]], ("a",), load, Journal(tmp_path / "raw.jsonl", HEADER), FAST, print)
    assert (tmp_path / "raw.jsonl").read_bytes() == before


def test_a_group_that_cannot_load_at_all_stops_the_run(tmp_path: Path) -> None:
    def load(key: str) -> Timed:
        raise ModelError(f"{key}: broken installation")

    journal = Journal(tmp_path / "raw.jsonl", HEADER)
    with pytest.raises(ValueError, match="no model of group 0 can be loaded: a: broken installation"):
        measure_plan([["a", "b"]], ("a",), load, journal, FAST, lambda *_: None)
    assert journal.failed == {}


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


def test_an_unsteady_model_does_not_warm_up_for_ever(clock: FakeTime, tmp_path: Path) -> None:
    steps = iter(range(10**6))

    def growing() -> None:
        clock.now_ns += 1_000_000 + 200_000 * next(steps)

    started = clock.perf_counter()
    Timed(growing).warm_up(FAST)
    assert 1e3 * (clock.perf_counter() - started) < FAST.max_warm_up_ms + 100


@pytest.mark.parametrize(
    ("name", "value"), [("rounds", 1), ("threads", 0), ("max_runs", 2), ("visit_ms", float("nan")), ("visit_ms", 0.0)]
)
def test_an_impossible_protocol_is_refused(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name} must be"):
        MeasuringProtocol(**{name: value})  # type: ignore[arg-type]


def test_real_time_orders_a_slow_and_a_fast_model(tmp_path: Path) -> None:
    runs = {name: Timed(lambda s=s: time.sleep(s)) for name, s in {"fast": 0.0005, "slow": 0.01}.items()}
    journal = Journal(tmp_path / "raw.jsonl", HEADER)
    measure_group(0, runs, (), journal, MeasuringProtocol(rounds=2, extra_rounds=0, warm_up_ms=1.0), lambda: None)
    found = estimate(journal.visits, threads=2)  # sleeping takes no CPU time, so no falling back on it
    assert found["slow"].p50_ms > 2 * found["fast"].p50_ms


def test_the_environment_is_plain_json() -> None:
    found = environment()
    assert json.loads(json.dumps(found)) == found
    assert found["cores"] >= 1
    assert found["versions"]["numpy"] == np.__version__


def test_a_busy_machine_is_told() -> None:
    quiet = environment() | {"governor": "performance", "load_1min": 0.0, "hypervisor": False}
    assert warnings_of(quiet) == []
    assert "governor" in warnings_of(quiet | {"governor": "powersave"})[0]
    assert "load is 9" in warnings_of(quiet | {"load_1min": 9.0, "cores": 2})[0]

"""The interleaved loop: known latencies come back, a second run repeats nothing, failures stop nobody else."""

import os
import time
from pathlib import Path

import pytest

from nas.measuring.estimate import estimate
from nas.measuring.runner import loop, timing
from nas.measuring.runner.errors import ModelError
from nas.measuring.runner.journal import Journal
from nas.measuring.runner.loop import measure_group, measure_plan
from nas.measuring.runner.protocol import MeasuringProtocol
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


def test_real_time_orders_a_slow_and_a_fast_model(tmp_path: Path) -> None:
    runs = {name: Timed(lambda s=s: time.sleep(s)) for name, s in {"fast": 0.0005, "slow": 0.01}.items()}
    journal = Journal(tmp_path / "raw.jsonl", HEADER)
    measure_group(0, runs, (), journal, MeasuringProtocol(rounds=2, extra_rounds=0, warm_up_ms=1.0), lambda: None)
    found = estimate(journal.visits, threads=2)  # sleeping takes no CPU time, so no falling back on it
    assert found["slow"].p50_ms > 2 * found["fast"].p50_ms

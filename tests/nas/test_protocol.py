import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nas.measurement import protocol as protocol_module
from nas.measurement.environment import environment, warnings_of
from nas.measurement.journal import Journal
from nas.measurement.protocol import MeasuringProtocol, measure_group
from nas.measurement.statistics import Visit, estimate

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

    def model(self, latency_ms: float, calls: list[str] | None = None, name: str = "") -> Callable[[], object]:
        def run() -> None:
            self.now_ns += int(latency_ms * 1e6)
            if calls is not None:
                calls.append(name)

        return run


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    fake = FakeTime()
    monkeypatch.setattr(protocol_module, "time", fake)
    monkeypatch.setattr(protocol_module, "_switches", lambda: 0)
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

    runs = {name: clock.model(ms) for name, ms in {"a": 1.0, "b": 2.0, "c": 3.0}.items()} | {"x": noisy}
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
    measure_group(0, runs, (), Journal(path, HEADER), FAST, lambda: None)
    whole = path.read_bytes()
    os.truncate(path, len(whole) - cut)
    journal = Journal(path, HEADER)
    lost = 12 - len(journal.visits)
    assert lost == 1 + whole[len(whole) - cut : -1].count(b"\n")
    measure_group(0, runs, (), journal, FAST, lambda: None)
    assert sorted(path.read_bytes().splitlines()) == sorted(whole.splitlines())


def test_a_torn_header_starts_over(tmp_path: Path) -> None:
    (tmp_path / "raw.jsonl").write_text('{"plan":"te')
    assert Journal(tmp_path / "raw.jsonl", HEADER).visits == []
    assert json.loads((tmp_path / "raw.jsonl").read_text()) == HEADER


def test_another_plan_and_a_broken_line_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "raw.jsonl"
    Journal(path, HEADER)
    with pytest.raises(ValueError, match="belongs to another plan"):
        Journal(path, HEADER | {"rounds": 5})
    path.write_text(path.read_text() + "{broken\n")
    with pytest.raises(ValueError, match="line 2 is broken"):
        Journal(path, HEADER)


def test_a_killed_process_loses_at_most_the_visit_in_flight(tmp_path: Path) -> None:
    path = tmp_path / "raw.jsonl"
    code = f"""
        import itertools, pathlib, numpy as np
        from nas.measurement.journal import Journal
        from nas.measurement.statistics import Visit
        journal = Journal(pathlib.Path({str(path)!r}), {HEADER!r})
        for number in itertools.count():
            journal.add(Visit("a", 0, number, *[np.full(5, number)] * 3))
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
    visit = Visit("a", 1, 2, np.array([3, 4]), np.array([5, 6]), np.array([0, 1]))
    Journal(tmp_path / "raw.jsonl", HEADER).add(visit)
    (found,) = Journal(tmp_path / "raw.jsonl", HEADER).visits
    assert (found.model, found.group, found.round) == ("a", 1, 2)
    assert [found.wall_ns.tolist(), found.cpu_ns.tolist(), found.switches.tolist()] == [[3, 4], [5, 6], [0, 1]]


def test_an_unsteady_model_does_not_warm_up_for_ever(clock: FakeTime, tmp_path: Path) -> None:
    steps = iter(range(10**6))

    def growing() -> None:
        clock.now_ns += 1_000_000 + 200_000 * next(steps)

    started = clock.perf_counter()
    protocol_module._warm_up(growing, FAST)
    assert 1e3 * (clock.perf_counter() - started) < FAST.max_warm_up_ms + 100


@pytest.mark.parametrize(
    ("name", "value"), [("rounds", 1), ("threads", 0), ("max_runs", 2), ("visit_ms", float("nan")), ("visit_ms", 0.0)]
)
def test_an_impossible_protocol_is_refused(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name} must be"):
        MeasuringProtocol(**{name: value})  # type: ignore[arg-type]


def test_real_time_orders_a_slow_and_a_fast_model(tmp_path: Path) -> None:
    runs = {"fast": lambda: time.sleep(0.0005), "slow": lambda: time.sleep(0.01)}
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

"""Predict, verify, refit: a front of measured networks, better than one search's, and the same after a kill."""

import csv
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nas import search
from nas.errors import BudgetError
from nas.measuring.estimate import Estimate
from nas.search.config import SearchConfig
from nas.search.front import hypervolume
from nas.search.known import Known
from nas.search.outcome import SearchResult
from nas.search.prepare import prepare
from nas.search.rounds import measured_latency
from nas.search.run import run_search
from nas.search.targets import Target
from predictors import LatencyTable, analytic_predictors, fit_latency
from search_space import ArchConfig, arch_cost, named_space
from supernet import TrainConfig, load_dataset, train

SPACE, DEVICE, BUDGET_MS = named_space("efficientvit"), "x86-avx2-core", 5.0
LATENCY = analytic_predictors()[DEVICE]


def estimate(p50_ms: float, spread: float = 0.01) -> Estimate:
    ends = p50_ms * math.exp(-spread), p50_ms * math.exp(spread)
    quantiles = {f"p{q}_ms": p50_ms for q in (10, 25, 75, 90, 99)}
    return Estimate(
        p50_ms=p50_ms,
        ci_lo_ms=ends[0],
        ci_hi_ms=ends[1],
        half_a_ms=p50_ms,
        half_b_ms=p50_ms,
        quantiles_ms=quantiles,
        mean_ms=p50_ms,
        mad_ms=0.0,
        cv=0.0,
        n_rounds=8,
        n_runs=80,
        n_dropped=0,
    )


def true_ms(arch: ArchConfig, factor: float = 1.0) -> float:
    """A device on which the analytic predictor is off by up to a fifth either way, by the network."""
    odd = 0.2 * math.sin(int(arch.arch_id, 16) % 1000)
    return factor * float(LATENCY.predict([arch], confidence=0.5).p50_ms[0]) * math.exp(odd)


class Bench:
    """A device whose truth is known; every session runs at a pace of its own."""

    def __init__(self, factor: float = 1.0, *, broken: Callable[[ArchConfig], bool] = lambda _arch: False) -> None:
        self.sessions: list[list[ArchConfig]] = []
        self.factor, self.broken = factor, broken

    def __call__(self, archs: Sequence[ArchConfig]) -> Mapping[str, Estimate]:
        pace = 1 + 0.1 * len(self.sessions)
        self.sessions.append(list(archs))
        return {a.arch_id: estimate(true_ms(a, self.factor) * pace) for a in archs if not self.broken(a)}


def run(
    folder: Path, bench: Callable[[Sequence[ArchConfig]], Mapping[str, Estimate]], **changes: object
) -> SearchResult:
    target = Target(device=DEVICE, budget_ms=changes.pop("budget_ms", BUDGET_MS))  # type: ignore[arg-type]
    values = {"targets": (target,), "space": SPACE, "latency": LATENCY, "trials": 200, "population": 20}
    config = SearchConfig(**(values | changes), out=folder)  # type: ignore[arg-type]
    return run_search(replace(prepare(config), known=Known()), measure=bench)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> tuple[SearchResult, Bench]:
    bench = Bench()
    return run(tmp_path_factory.mktemp("three"), bench, rounds=3), bench


def share(found: SearchResult) -> float:
    points = np.array([each.objectives for each in found.front])
    return hypervolume(points, [100.0, BUDGET_MS])


def test_the_front_holds_measured_networks_within_the_budget(three: tuple[SearchResult, Bench]) -> None:
    found, bench = three
    everything = {arch.arch_id for session in bench.sessions for arch in session}
    for each in found.front:
        assert each.latency_measured
        assert each.arch.arch_id in everything
        assert each.latency_p50_ms == pytest.approx(true_ms(each.arch))
        assert each.latency_high_ms == pytest.approx(true_ms(each.arch) * math.exp(1.2815515655 * 0.02 / 3.92))
        assert each.latency_high_ms <= BUDGET_MS
    errors = [each.objectives for each in found.front]
    assert errors == sorted(errors, key=lambda pair: pair[1])
    assert [pair[0] for pair in errors] == sorted((pair[0] for pair in errors), reverse=True)


def test_rounds_grow_the_verified_front(three: tuple[SearchResult, Bench], tmp_path: Path) -> None:
    """The interval of an analytic estimate is a factor wide: one search keeps far away from the budget."""
    found, _ = three
    once = run(tmp_path, Bench(), rounds=1)
    assert len(once.run.rounds) == 1
    assert len(found.run.rounds) >= 2
    assert share(found) > 1.02 * share(once)
    assert found.best.accuracy.judged > once.best.accuracy.judged
    assert [each.hypervolume for each in found.run.rounds] == sorted(each.hypervolume for each in found.run.rounds)


def test_sessions_are_brought_to_the_pace_of_the_first(three: tuple[SearchResult, Bench]) -> None:
    found, bench = three
    for number, (each, session) in enumerate(zip(found.run.rounds, bench.sessions, strict=True)):
        assert each.drift == pytest.approx(0.1 * number)
        assert each.measured == len(session) - (3 if number else 0)
    archs = [arch for session in bench.sessions for arch in session]
    truth = {arch.arch_id: true_ms(arch) for arch in archs}
    assert all(each.measured_ms == pytest.approx(truth[each.arch_id]) for each in found.run.latency_checks)


def test_predicted_stands_beside_measured(three: tuple[SearchResult, Bench]) -> None:
    found, _ = three
    payload = json.loads((found.folder / "front.json").read_text())
    first = [each for each in payload["latency_verification"] if each["round"] == 1]
    again = [each for each in payload["latency_verification"] if each["round"] > 1]
    assert len(first) + len(again) == sum(each["measured"] for each in payload["verified_rounds"])
    for each in first:  # as the predictor had it before anything was measured
        assert each["predicted_high_ms"] <= BUDGET_MS
    assert {each["arch_id"] for each in first if not each["kept"]} == {
        each["arch_id"] for each in first if each["measured_high_ms"] > BUDGET_MS
    }
    verified = {each["arch_id"]: each for each in payload["latency_verification"]}
    for row in csv.DictReader((found.folder / "front.csv").read_text().splitlines()):
        record = verified[row["arch_id"]]
        for column, name in (("latency_p50_ms", "predicted_ms"), ("latency_measured_ms", "measured_ms")):
            assert float(row[column]) == pytest.approx(record[name], abs=1e-5)
        assert float(row["latency_measured_high_ms"]) <= BUDGET_MS


def test_a_killed_search_ends_with_the_same_front(three: tuple[SearchResult, Bench], tmp_path: Path) -> None:
    class Killed(Bench):
        def __call__(self, archs: Sequence[ArchConfig]) -> Mapping[str, Estimate]:
            if len(self.sessions) == 1:
                raise KeyboardInterrupt
            return super().__call__(archs)

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, Killed(), rounds=3)
    run(tmp_path, Bench(), rounds=3)
    assert (tmp_path / "front.csv").read_bytes() == (three[0].folder / "front.csv").read_bytes()


def test_a_network_that_breaks_the_budget_is_off_the_front(tmp_path: Path) -> None:
    """Three times slower than predicted: what was promised of the predictions does not hold."""
    found = run(tmp_path, Bench(3.0), rounds=1)
    assert found.run.rounds[0].broke > 0
    assert found.run.rounds[0].bias == pytest.approx(2.0, abs=0.5)  # and what each network differs by
    assert max(each.latency_high_ms for each in found.front) <= BUDGET_MS
    off = {each.arch_id for each in found.run.latency_checks if not each.kept}
    assert len(off) == found.run.rounds[0].broke
    assert off.isdisjoint(each.arch.arch_id for each in found.front)


def test_a_device_that_keeps_no_budget_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BudgetError, match="measured on x86-avx2-core none does; the fastest takes up to"):
        run(tmp_path, Bench(1000.0), rounds=1)


def test_what_cannot_be_measured_is_left_out(tmp_path: Path) -> None:
    found = run(tmp_path / "some", Bench(broken=lambda arch: int(arch.arch_id, 16) % 3 == 0), rounds=2)
    assert found.run.rounds[0].failed > 0
    assert all(int(each.arch.arch_id, 16) % 3 for each in found.front)
    none = run(tmp_path / "none", Bench(broken=lambda _arch: True), rounds=2)
    assert not any(each.latency_measured for each in none.front)
    assert none.run.front[0].latency_measured_ms is None


def test_the_wider_of_two_spreads_counts() -> None:
    assert measured_latency(estimate(2.0, 0.0392)).log_std == pytest.approx(0.02)
    halves = replace(estimate(2.0, 0.0), half_a_ms=2.0, half_b_ms=2.2)
    assert measured_latency(halves, 1.1).log_std == pytest.approx(math.log(1.1) / 2)
    assert measured_latency(halves, 1.1).p50_ms == pytest.approx(2 / 1.1)


def test_on_this_machine_from_python(tmp_path: Path) -> None:
    """The real thing: a supernet, this processor, ONNX Runtime, a fitted predictor, two rounds."""
    table = LatencyTable.load(Path(__file__).parents[3] / "results/latency/cpu-digits")
    fitted = fit_latency(table)
    fitted.save(tmp_path / "predictor.json")
    shared = tmp_path / "supernet"
    train(named_space("digits"), load_dataset("digits"), shared, TrainConfig(passes=2, batch=16), probes=0)
    config = search.SearchConfig(
        targets=(search.Target.of("cpu", "2ms"),),
        space="digits",
        accuracy=shared,
        latency=str(tmp_path / "predictor.json"),
        evaluations=2,
        rounds=2,
        limits={"params": "40k"},
        out=tmp_path / "run",
    )
    front = search.find(config)
    assert 1 <= len(front.result.run.rounds) <= 2
    assert front.frame()["latency_measured_ms"].notna().all()
    for each in front.result.front:
        assert each.latency_measured
        assert arch_cost(each.arch).parameters <= 40_000
        # the machine that the predictor was fitted on may have been ten times faster or slower
        predicted = fitted.predict([each.arch], confidence=0.5).p50_ms[0]
        assert 0.1 < each.latency_p50_ms / predicted < 10

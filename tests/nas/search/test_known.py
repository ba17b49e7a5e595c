"""What is known before a search competes with what is found, by what is known of it."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from nas.devices import find_device
from nas.search.answer import answer
from nas.search.config import SearchConfig
from nas.search.goals import Goals, violations
from nas.search.judge import Judge, PriorJudge
from nas.search.known import Download, Known, KnownRival
from nas.search.outcome import SearchResult
from nas.search.prepare import prepare
from nas.search.results import front_of
from nas.search.run import run_search
from nas.search.setup import known_networks
from nas.search.targets import Target
from predictors import MeasuredLatency, calibrated_predictor
from search_space import named_space, published

ORIN = calibrated_predictor("jetson-agx-orin")
SPACE = named_space("efficientvit")


@dataclass(frozen=True)
class Other:
    """A network of another library."""

    arch_id: str = "0123456789abcdef"
    name: str = "tinynet.in1k"
    family: str = "tinynet"
    resolution: tuple[int, int] = (192, 192)
    parameters: int = 2_000_000
    macs: int = 100_000_000
    memory_mb: float = 10.0


def known_rival(top1: float, ms: float) -> KnownRival:
    download = Download(top1=top1, source="a list", weights="somewhere", command="get it")
    return KnownRival(network=Other(), download=download, latencies=(MeasuredLatency(p50_ms=ms, log_std=0.01),))


def known(*rivals: KnownRival) -> Known:
    return replace(known_networks([find_device("jetson")], PriorJudge()), rivals=rivals)


def search(folder: Path, budget_ms: float, *rivals: KnownRival, **changes: object) -> SearchResult:
    target = Target(device="jetson-agx-orin", budget_ms=budget_ms)
    values = {"targets": (target,), "space": SPACE, "latency": ORIN, "trials": 60, "out": folder}
    return run_search(replace(prepare(SearchConfig(**(values | changes))), known=known(*rivals)))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> SearchResult:
    return search(tmp_path_factory.mktemp("known"), 10.0)


def test_a_published_network_is_the_answer_where_it_is_best(result: SearchResult) -> None:
    assert result.best.accuracy.origin == "published"
    assert result.best.accuracy.value >= 85.9
    assert result.best.download is not None
    chosen = result.run.best
    assert chosen is not None
    assert (chosen.kind, chosen.published, chosen.accuracy_origin) == ("published", True, "published")
    assert chosen.source
    assert chosen.weights


@pytest.mark.parametrize("budget_ms", np.geomspace(0.5, 40, 10).tolist())
@pytest.mark.parametrize("device", ["jetson-agx-orin", "jetson-nano"])
def test_no_front_holds_a_network_that_a_published_one_beats(device: str, budget_ms: float) -> None:
    predictor, rng = calibrated_predictor(device), np.random.default_rng(0)
    judge = Judge(PriorJudge(), [predictor], 0.9, known())
    goals = Goals(budgets_ms=(budget_ms,))
    references = judge(list(judge.known.published))
    front = front_of([*references, *judge([SPACE.sample(rng) for _ in range(20)])], goals)
    within = [each for each in references if each.latency_high_ms <= budget_ms]
    for each in front:
        for other in within:
            better = other.accuracy.judged > each.accuracy.judged or other.latency_high_ms < each.latency_high_ms
            no_worse = other.accuracy.judged >= each.accuracy.judged and other.latency_high_ms <= each.latency_high_ms
            assert not (better and no_worse)


def test_the_answer_is_no_worse_than_any_simple_method(result: SearchResult) -> None:
    for each in result.baselines:
        assert each.best is not None
        assert result.best.accuracy.judged >= each.best.accuracy.judged


def test_a_rival_wins_where_it_is_best_and_says_where_it_is(tmp_path: Path) -> None:
    found = search(tmp_path, 2.0, known_rival(84.0, 1.0))
    assert found.best.is_rival
    chosen = next(each for each in found.run.front if each.kind == "rival")
    assert chosen.name == "tinynet.in1k"
    assert chosen.latency_measured_ms == chosen.latency_p50_ms == 1.0
    assert not (found.folder / "archs" / f"{Other().arch_id}.json").exists()
    config = SearchConfig(targets=(Target(device="d", budget_ms=2.0),))
    said = answer(found, config, spaces=[SPACE], slowest_ms=30.0)
    assert said.deploy.startswith("Deploy tinynet.in1k: 84.00 % top-1 (published)")
    assert "measured on it" in said.deploy
    assert said.commands == ("get it",)


@pytest.mark.parametrize(
    ("second", "said"),
    [
        (
            "calibrated",
            "2.00 ms on a, at most 2.00 ms, 6.00 ms on b, at most 6.00 ms at 90% confidence (calibrated on",
        ),
        (
            "analytic",
            "at most 2.00 ms (calibrated on published figures), 6.00 ms on b, at most 6.00 ms (analytic",
        ),
    ],
)
def test_the_answer_says_on_each_device_what_its_latency_rests_on(
    result: SearchResult, second: str, said: str
) -> None:
    first = result.best.latencies[0]
    ends = {"p50_ms": 2.0, "low_ms": 2.0, "high_ms": 2.0}
    latencies = (replace(first, **ends), replace(first, p50_ms=6.0, low_ms=6.0, high_ms=6.0, origin=second))  # type: ignore[arg-type]
    found = replace(result, best=replace(result.best, latencies=latencies))
    config = SearchConfig(targets=(Target(device="a", budget_ms=3.0), Target(device="b", budget_ms=7.0)))
    deploy = answer(found, config, spaces=[SPACE], slowest_ms=30.0).deploy
    assert said in deploy


def test_a_rival_that_breaks_a_limit_is_off_the_front(tmp_path: Path) -> None:
    found = search(tmp_path, 2.0, known_rival(84.0, 1.0), limits={"params": 1_900_000})
    assert not any(each.is_rival for each in found.front)


def test_a_predictor_of_another_machine_is_noticed() -> None:
    b1, b2 = published("mit-b1"), published("mit-b2")
    ms = ORIN.predict([b1, b2], confidence=0.5).p50_ms

    def measured(factor: float) -> Known:
        found = {
            arch: MeasuredLatency(p50_ms=factor * float(each), log_std=0)
            for arch, each in zip([b1, b2], ms, strict=True)
        }
        return Known(measured=found)

    assert Known().disagreement(ORIN) == measured(1.2).disagreement(ORIN) == ""
    assert "take 3 times what the predictor of jetson-agx-orin says" in measured(3).disagreement(ORIN)
    assert "take 0.5 times" in measured(0.5).disagreement(ORIN)


def test_constraints_of_rivals_count_their_figures() -> None:
    goals = Goals(budgets_ms=(5.0,), limits={"macs": 90_000_000, "memory": 20.0})
    excess = goals.excess_of([Other()], np.array([[4.0]]))
    assert violations(excess)[0] == pytest.approx(100 / 90 - 1)

"""Limits, several devices, fleets, baselines and the Python API, on real predictors and small searches."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nas import search
from nas.errors import BudgetError, UserError
from nas.search.answer import answer
from nas.search.arrays import DecodingJudge, array_judge
from nas.search.baselines import Baseline, baselines, scaled
from nas.search.config import SearchConfig
from nas.search.fleet import device_fronts, sharing
from nas.search.goals import Goals
from nas.search.judge import Accuracy, Candidate, Judge, PriorJudge, TargetLatency
from nas.search.known import Known
from nas.search.objectives.memory import memory_mb
from nas.search.outcome import SearchResult
from nas.search.prepare import prepare
from nas.search.run import run_search
from nas.search.targets import Target
from nas.units import parse_memory, parse_whole
from predictors import calibrated_predictor
from search_space import arch_cost, named_space, published

SPACE = named_space("efficientvit")
ORIN, NANO = calibrated_predictor("jetson-agx-orin"), calibrated_predictor("jetson-nano")


def run(folder: Path, **changes: object) -> SearchResult:
    budgets = {"jetson-agx-orin": changes.pop("budget_ms", 10.0), "jetson-nano": changes.pop("nano_ms", None)}
    targets = tuple(Target(device=device, budget_ms=ms) for device, ms in budgets.items() if ms is not None)  # type: ignore[arg-type]
    latency = (ORIN, NANO)[: len(targets)]
    values = {"targets": targets, "space": SPACE, "latency": latency, "trials": 200, "out": folder}
    return run_search(replace(prepare(SearchConfig(**(values | changes))), known=Known()))  # type: ignore[arg-type]


def test_the_fast_way_answers_as_the_slow_one() -> None:
    judge = Judge(PriorJudge(), [ORIN, NANO], 0.9)
    goals = Goals(budgets_ms=(10.0, 40.0), limits={"params": 5_000_000, "macs": 400_000_000})
    rng = np.random.default_rng(0)
    genotypes = np.array([SPACE.sample_genotype(rng) for _ in range(60)])
    fast, slow = array_judge(SPACE, judge, goals), DecodingJudge(space=SPACE, judge=judge, goals=goals)
    assert not isinstance(fast, DecodingJudge)
    assert fast(genotypes).objectives == pytest.approx(slow(genotypes).objectives, rel=1e-12)
    for name, excess in slow(genotypes).excess.items():
        assert fast(genotypes).excess[name] == pytest.approx(excess, rel=1e-12, abs=1e-12)


def test_every_limit_is_kept(tmp_path: Path) -> None:
    limits = {"params": "6M", "macs": 300_000_000, "memory": 45.0, "traffic": "60MB"}
    found = run(tmp_path, trials=120, limits=limits)
    for candidate in found.front:
        assert arch_cost(candidate.arch).parameters <= 6_000_000
        assert arch_cost(candidate.arch).macs <= 300_000_000
        assert memory_mb(candidate.arch, 4) <= 45.0
        assert 4e-6 * (arch_cost(candidate.arch).weights + arch_cost(candidate.arch).activations) <= 60.0


def test_memory_is_weights_and_the_busiest_block() -> None:
    b0 = published("mit-b0")
    assert memory_mb(b0, 4) > 4 * arch_cost(b0).weights / 1e6
    assert memory_mb(b0, 2) == memory_mb(b0, 4) / 2


def test_two_devices_at_once(tmp_path: Path) -> None:
    found = run(tmp_path, nano_ms=30.0)
    for candidate in found.front:
        assert candidate.latency_high_ms <= 10
        assert candidate.latencies_ms[1] <= 30
    assert "latency_high_ms:jetson-nano" in found.run.front[0].to_row()


def test_a_fleet_has_a_front_for_each_device_and_a_price(tmp_path: Path) -> None:
    found = run(tmp_path, nano_ms=20.0, fleet=True, trials=200)
    assert found.run.fleet is not None
    orin, nano = (each.front for each in found.run.fleet.devices)
    assert max(row.accuracy_judged or 0.0 for row in orin) > max(row.accuracy_judged or 0.0 for row in nano)
    one, two = found.run.fleet.sharing[:2]
    prices = [price for price in one.price_points if price is not None]
    assert min(prices) >= 0
    assert max(prices) > 0
    assert two.price_points == (0, 0)


def candidate(top1: float, *ms: float, noise: float = 1.0) -> Candidate:
    return Candidate(
        network=published("mit-b0"),
        accuracy=Accuracy(value=top1, low=top1 - noise, high=top1 + noise, origin="measured"),
        latencies=tuple(TargetLatency(p50_ms=each, low_ms=each, high_ms=each, origin="measured") for each in ms),
    )


def test_sharing_by_hand() -> None:
    """Budgets 10 and 10: the best of each device fits it alone; one network fits both."""
    first, second, both = candidate(80, 9, 20), candidate(78, 30, 9), candidate(75, 8, 8)
    one, two = sharing([first, second, both], [10, 10])
    assert (one.networks, one.price) == ((both,), (5.0, 3.0))
    assert one.accuracy == (75, 75)
    assert min(two.price) == 0
    assert len(two.networks) == 2
    assert device_fronts([first, second, both], [10, 10]) == [[both, first], [both, second]]


def test_a_gain_inside_the_noise_is_no_evidence() -> None:
    weak = Baseline(name="random networks", tried=9, best=candidate(70.0, 5.0))
    assert weak.gain(candidate(71.3, 5.0)) == (pytest.approx(1.3), False)
    assert weak.gain(candidate(71.5, 5.0))[1]
    assert "cannot be told apart" in weak.describe(replace(candidate(71.3, 5.0), network=published("mit-b1")))
    assert "the answer itself" in weak.describe(candidate(71.3, 5.0))
    assert "none within the budget" in Baseline(name="x", tried=3, best=None).describe(candidate(1.0, 1.0))


def test_baselines_keep_the_budget_and_do_not_beat_the_search(tmp_path: Path) -> None:
    found = run(tmp_path, trials=400, budget_ms=3.0)
    assert [each.name for each in found.baselines] == [
        "random networks",
        "published models scaled",
        "largest that fits",
    ]
    for each in found.baselines:
        assert each.best is not None
        assert each.best.latency_high_ms <= 3.0
        assert found.best.accuracy.judged >= each.best.accuracy.judged


def test_scaling_shifts_the_published_models_as_a_whole() -> None:
    archs = scaled(SPACE)
    assert set(SPACE.published_members.values()) <= set(archs)
    assert all(arch in SPACE for arch in archs[::40])
    assert len(scaled(named_space("digits"))) > 15


def test_baselines_of_a_space_without_accuracies_do_not_name_published_models() -> None:
    class Flat:
        cheap = True

        def __call__(self, archs: list[object]) -> list[Accuracy]:
            return [Accuracy(value=50, low=49, high=51, origin="measured") for _ in archs]

        def describe(self) -> str:
            return "flat"

    judge = Judge(Flat(), [replace(ORIN)], 0.9)  # type: ignore[arg-type]
    found = baselines([named_space("digits")], judge, Goals(budgets_ms=(1.0,)), seed=0)
    assert found[1].name == "all choices scaled alike"


def test_from_python(tmp_path: Path) -> None:
    target = search.Target.of("jetson", "10ms")
    front = search.find(search.SearchConfig(targets=(target,), trials=50, out=str(tmp_path)))
    frame = front.frame()
    assert len(frame) == len(front)
    assert frame["latency_high_ms"].is_monotonic_increasing
    best = front.best(budget_ms=2)
    assert best.candidate.latency_high_ms <= 2
    assert sum(p.numel() for p in best.build().parameters()) == arch_cost(best.arch).parameters
    assert front.best().candidate is front.result.best
    with pytest.raises(BudgetError, match="no network within 1 us; the fastest takes up to"):
        front.best(budget_ms=0.001)


@pytest.mark.parametrize(("text", "value"), [("5M", 5e6), ("500k", 5e5), ("1.5G", 1.5e9), ("12000", 12000)])
def test_counts(text: str, value: float) -> None:
    assert parse_whole(text) == value


@pytest.mark.parametrize("text", ["5X", "", "-1", "0"])
def test_other_counts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a quantity; write 12000, 500k, 5M"):
        parse_whole(text)


def test_memory_needs_a_unit() -> None:
    assert parse_memory("1.5GB") == 1500
    with pytest.raises(ValueError, match="write a number and a unit"):
        parse_memory("50")


def test_limits_that_nothing_keeps_end_with_code_3(tmp_path: Path) -> None:
    with pytest.raises(BudgetError, match="no network of space efficientvit was found that keeps every"):
        run(tmp_path, trials=50, limits={"params": 1000})


def test_a_device_twice_is_refused() -> None:
    with pytest.raises(UserError, match="every device needs to be another one"):
        SearchConfig(targets=(Target(device="cpu", budget_ms=1), Target(device="cpu", budget_ms=2)))


def test_limits_aside_from_budgets() -> None:
    goals = Goals(budgets_ms=(0.001,), limits={"params": 10e6, "size": 40.0})
    assert goals.keeps_limits(published("mit-b1"))  # 9.1 M
    assert not goals.keeps_limits(published("mit-b2"))
    assert not replace(goals, limits={"size": 30.0}).keeps_limits(published("mit-b1"))
    assert Goals(budgets_ms=(1.0,)).keeps_limits(published("mit-l3"))


def test_no_network_beyond_a_limit_is_held_out_for_a_larger_budget(tmp_path: Path) -> None:
    """At most 10 million parameters: B1 is the largest published network that keeps them, and breaks the budget."""
    targets = (Target.of("jetson", "1.2ms"),)
    asked = SearchConfig(targets=targets, space=SPACE, trials=20, limits={"params": "10M"}, out=tmp_path, seed=1)
    prepared = prepare(asked)
    result = run_search(prepared)
    said = answer(result, asked, caution="", spaces=[SPACE], slowest_ms=10.0).limit
    beyond = [each.name for each in result.published if f"{each.name} (" in said]
    assert beyond
    assert all(
        Goals(budgets_ms=(1.0,), limits={"params": 10e6}).keeps_limits(published(name.partition("@")[0]))
        for name in beyond
    )

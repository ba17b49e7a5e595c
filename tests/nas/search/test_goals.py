"""Limits and several devices, on real predictors and small searches."""

from dataclasses import replace
from pathlib import Path

import pytest

from nas.errors import BudgetError
from nas.search.answer import answer
from nas.search.config import SearchConfig
from nas.search.goals import Goals
from nas.search.known import Known
from nas.search.objectives.memory import memory_mb
from nas.search.outcome import SearchResult
from nas.search.prepare import prepare
from nas.search.run import run_search
from nas.search.targets import Target
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


def test_every_limit_is_kept(tmp_path: Path) -> None:
    limits = {"params": "6M", "macs": 300_000_000, "memory": 45.0, "traffic": "60MB"}
    found = run(tmp_path, trials=120, limits=limits)
    for candidate in found.front:
        assert arch_cost(candidate.arch).parameters <= 6_000_000
        assert arch_cost(candidate.arch).macs <= 300_000_000
        assert memory_mb(candidate.arch, 4) <= 45.0
        assert 4e-6 * (arch_cost(candidate.arch).weights + arch_cost(candidate.arch).activations) <= 60.0


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


def test_limits_that_nothing_keeps_end_with_code_3(tmp_path: Path) -> None:
    with pytest.raises(BudgetError, match="no network of space efficientvit was found that keeps every"):
        run(tmp_path, trials=50, limits={"params": 1000})


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

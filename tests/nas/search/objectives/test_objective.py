"""Costs as objectives beside error and latency: the same numbers on every path, and fronts that trade them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nas.errors import UserError
from nas.search.arrays import DecodingJudge, array_judge, cheap_judge
from nas.search.config import SearchConfig
from nas.search.goals import Goals
from nas.search.judge import Accuracy, Judge, PriorJudge
from nas.search.known import Known
from nas.search.objectives.memory import memory_mb
from nas.search.outcome import SearchResult
from nas.search.points import objectives_of, reference_point
from nas.search.prepare import prepare
from nas.search.run import run_search
from nas.search.targets import Target
from predictors import calibrated_predictor
from search_space import arch_cost, named_space

SPACE = named_space("efficientvit")
ORIN, NANO = calibrated_predictor("jetson-agx-orin"), calibrated_predictor("jetson-nano")
TARGET = Target(device="jetson-agx-orin", budget_ms=10.0)


def run(folder: Path, **changes: object) -> SearchResult:
    values = {"targets": (TARGET,), "space": SPACE, "latency": ORIN, "trials": 150, "population": 20, "out": folder}
    return run_search(replace(prepare(SearchConfig(**(values | changes))), known=Known()))  # type: ignore[arg-type]


@pytest.mark.parametrize("minimised", [("macs",), ("params", "macs"), ("memory",), ("traffic",)])
def test_every_path_gives_the_same_objectives(minimised: tuple[str, ...]) -> None:
    judge = Judge(PriorJudge(), [ORIN, NANO], 0.9)
    goals = Goals(budgets_ms=(10.0, 40.0), minimised=minimised)
    rng = np.random.default_rng(0)
    genotypes = np.array([SPACE.sample_genotype(rng) for _ in range(20)])
    archs = [SPACE.decode(row) for row in genotypes.tolist()]
    values = {
        "macs": [arch_cost(arch).macs for arch in archs],
        "params": [arch_cost(arch).parameters for arch in archs],
        "memory": [memory_mb(arch, 4) for arch in archs],
        "traffic": [4e-6 * (arch_cost(arch).weights + arch_cost(arch).activations) for arch in archs],
    }
    wanted = np.array([values[name] for name in minimised]).T
    fast = array_judge(SPACE, judge, goals)
    assert isinstance(fast, DecodingJudge) == ("memory" in minimised)
    assert fast(genotypes).objectives[:, 3:] == pytest.approx(wanted)
    assert cheap_judge(SPACE, judge, goals)(genotypes).objectives[:, 2:] == pytest.approx(wanted)
    assert objectives_of(judge(archs), goals) == pytest.approx(fast(genotypes).objectives, rel=1e-12)


@pytest.mark.parametrize("algorithm", ["pareto", "nsga2"])
def test_a_front_of_four_objectives_keeps_small_networks(tmp_path: Path, algorithm: str) -> None:
    found = run(tmp_path, objectives=("macs", "memory"), sampler=algorithm)
    points = np.array(
        [[*each.objectives, arch_cost(each.arch).macs, memory_mb(each.arch, 4)] for each in found.front]
    )
    for point in points:
        assert not ((points <= point).all(axis=1) & (points < point).any(axis=1)).any()
    plain = points[:, :2]
    dominated = [((plain <= p).all(axis=1) & (plain < p).any(axis=1)).any() for p in plain]
    assert any(dominated)  # on the front for their costs alone
    assert found.run.front[0].costs["memory_mb"] == pytest.approx(memory_mb(found.front[0].arch, 4), abs=1e-3)


def test_a_guided_search_minimises_costs_too(tmp_path: Path) -> None:
    class Measured:
        cheap = False

        def __call__(self, archs: Sequence[object]) -> list[Accuracy]:
            values = [99 - 1000 / arch_cost(arch).parameters ** 0.5 for arch in archs]  # type: ignore[arg-type]
            return [Accuracy(value=v, low=v - 1, high=v + 1, origin="measured") for v in values]

        def describe(self) -> str:
            return "made up"

    device, space = "raspberry-pi-5", named_space("digits")
    from predictors import analytic_predictors

    config = SearchConfig(
        targets=(Target(device=device, budget_ms=0.4),),
        space=space,
        latency=analytic_predictors()[device],
        accuracy=Measured(),
        trials=24,
        objectives=("params",),
        out=tmp_path,
    )
    found = run_search(prepare(config))
    # the error falls with the parameters, so that every size is worth something
    assert len(found.front) > 5
    assert len({arch_cost(each.arch).parameters for each in found.front}) == len(found.front)


def test_the_corner_is_the_limit_or_the_largest_network() -> None:
    points, largest = np.array([[30.0, 2.0], [50.0, 1.0]]), SPACE.largest()
    goals = Goals(budgets_ms=(10.0,), minimised=("macs", "params"), limits={"params": 5_000_000})
    assert reference_point(points, goals, largest).tolist() == [50.0, 10.0, arch_cost(largest).macs, 5e6]


def test_error_and_latency_are_always_objectives_and_others_are_named() -> None:
    config = SearchConfig(targets=(TARGET,), objectives=("latency", "macs", "error", "macs"))
    assert config.objectives == ("macs",)
    with pytest.raises(UserError, match="unknown objective 'joules'; known: error, latency, params, macs, memory"):
        SearchConfig(targets=(TARGET,), objectives=("joules",))

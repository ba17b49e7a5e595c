"""Found against published: never worse under the same judge, and the right network of the front."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nas.cli.fronts import comparison_table
from nas.runs.folder import COMPARISONS
from nas.search.against_published import Comparison, against_published
from nas.search.config import SearchConfig
from nas.search.goals import Goals
from nas.search.judge import Accuracy, Candidate, TargetLatency
from nas.search.prepare import prepare
from nas.search.run import run_search
from nas.search.targets import Target
from search_space import arch_cost, published


def latency(high_ms: float, p50_ms: float) -> TargetLatency:
    return TargetLatency(p50_ms=p50_ms, low_ms=high_ms * 0.8, high_ms=high_ms, origin="calibrated")


def candidate(name: str, accuracy: float, high_ms: float, *, half: float = 1.0, origin: str = "prior") -> Candidate:
    return Candidate(
        network=published(name),
        accuracy=Accuracy(value=accuracy, low=accuracy - half, high=accuracy + half, origin=origin),
        latencies=(latency(high_ms, high_ms * 0.9),),
    )


def test_the_most_accurate_that_is_no_slower_is_compared() -> None:
    model = candidate("msra-m4", 74.0, 5.0)
    wide = replace(candidate("mit-b3", 82.0, 9.0), latencies=(latency(9.0, 4.4),))  # an upper end does not count
    front = [candidate("mit-b0", 70.0, 2.0), candidate("mit-b1", 77.0, 5.0), candidate("mit-b2", 80.0, 5.001), model]
    (found,) = against_published([model], front, Goals(budgets_ms=(10.0,)))
    assert found.found is front[1]
    gain = found.row().gain
    assert gain is not None
    assert (gain.points, gain.evidence_of_gain) == (3.0, True)  # half-widths of 1 and 1: noise of 1.41
    assert found.row().verdict == "expected gain"
    (found,) = against_published([model], [*front, wide], Goals(budgets_ms=(10.0,)))
    assert found.found is wide


@pytest.mark.parametrize(
    ("points", "words"),
    [(0.0, "cannot be told apart"), (1.4, "cannot be told apart"), (1.42, "expected gain"), (-1.42, "expected loss")],
)
def test_a_gain_inside_the_noise_is_none(points: float, words: str) -> None:
    compared = Comparison(
        published=candidate("msra-m4", 74.0, 5.0), found=candidate("mit-b1", 74.0 + points, 4.0), within_goals=True
    )
    assert compared.row().verdict == words


def test_a_measured_gain_is_a_gain() -> None:
    found = candidate("mit-b1", 76.0, 4.0, origin="measured", half=0.5)
    model = candidate("msra-m4", 74.0, 5.0, origin="published", half=0.0)
    assert Comparison(published=model, found=found, within_goals=True).row().verdict == "gain"


def test_a_model_beyond_the_budget_or_a_limit_says_so() -> None:
    models = [candidate("mit-b3", 83.0, 20.0), candidate("mit-b0", 70.0, 0.5)]
    front = [candidate("mit-b1", 78.0, 8.0)]
    slow, small = against_published(models, front, Goals(budgets_ms=(10.0,), limits={"params": 1_000_000}))
    assert slow.found is front[0]
    assert not slow.within_goals
    assert slow.row().verdict == "expected loss; over the budget or a limit"
    assert small.found is None  # nothing is as fast
    assert small.row().verdict == "nothing found; over the budget or a limit"
    assert comparison_table([slow.row(), small.row()]).row_count == 2


ORIN = (Target(device="jetson-agx-orin", budget_ms=7.0),)
NANO = Target(device="jetson-nano", budget_ms=60.0)


@pytest.mark.parametrize("limits", [{}, {"limits": {"params": 9_000_000}}, {"targets": (*ORIN, NANO)}])
def test_a_search_is_never_worse_than_the_published_models(tmp_path: Path, limits: dict[str, object]) -> None:
    values = {"targets": ORIN, "space": "efficientvit", "trials": 60, "rivals": False, "out": tmp_path}
    prepared = prepare(SearchConfig(**(values | limits)))  # type: ignore[arg-type]
    config, known = prepared.config, prepared.known
    found = run_search(prepared)
    assert {row.published.arch_id for row in found.run.comparisons} == {arch.arch_id for arch in known.published}
    within = [row for row in found.run.comparisons if row.within_goals]
    assert 4 <= len(within) < len(known.published)
    for row in within:
        assert row.gain is None or row.gain.found.latency_p50_ms <= row.published.latency_p50_ms
    for candidate in found.front:
        assert arch_cost(candidate.arch).parameters <= config.goals.limits.get("params", 1e12)
        for each in found.published:
            better = [a <= b for a, b in zip(each.objectives, candidate.objectives, strict=True)]
            excess = config.goals.excess_of([each.network], np.array([each.latencies_ms]))
            kept = max(float(over[0]) for over in excess.values()) <= 0
            assert not (kept and all(better) and each.objectives != candidate.objectives)
    kept = json.loads((tmp_path / "front.json").read_text())
    assert kept["found_against_published"] == [row.to_row() for row in found.run.comparisons]
    with (tmp_path / COMPARISONS).open(newline="") as file:
        assert [row["found"] for row in csv.DictReader(file)] == [
            row.gain.found.arch_id if row.gain else "" for row in found.run.comparisons
        ]

"""A search whose accuracies cost an evaluation: few of them, the whole front evaluated, the same after a kill."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from nas.search.config import SearchConfig
from nas.search.judge import Accuracy
from nas.search.outcome import SearchResult
from nas.search.prepare import prepare
from nas.search.run import run_search
from nas.search.targets import Target
from predictors import analytic_predictors
from search_space import ArchConfig, arch_cost, named_space

SPACE, DEVICE = named_space("digits"), "raspberry-pi-5"


def true_accuracy(arch: ArchConfig) -> float:
    """Rises with multiply-adds, and 1 point more with attention at stride 8."""
    bonus = arch.levels[2].attention is not None
    return float(99 - 20 * np.exp(-0.4 * np.log(arch_cost(arch).macs / 1e6 + 1)) + bonus)


class Counted:
    """A judge that remembers what it evaluated."""

    cheap = False

    def __init__(self) -> None:
        self.asked: list[ArchConfig] = []

    def __call__(self, archs: Sequence[ArchConfig]) -> list[Accuracy]:
        self.asked += archs
        values = [true_accuracy(arch) for arch in archs]
        return [Accuracy(value=v, low=v - 0.2, high=v + 0.2, origin="measured") for v in values]

    def describe(self) -> str:
        return "made up"


def run(folder: Path, judge: Counted, stop: int | None = None) -> SearchResult:
    def kill(done: int) -> None:
        if done == stop:
            raise KeyboardInterrupt

    config = SearchConfig(
        targets=(Target(device=DEVICE, budget_ms=0.4),),
        space=SPACE,
        latency=analytic_predictors()[DEVICE],
        accuracy=judge,
        trials=60,
        out=folder,
    )
    return run_search(prepare(config), on_trials=kill)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[SearchResult, Counted]:
    judge = Counted()
    return run(tmp_path_factory.mktemp("run"), judge), judge


def test_the_front_is_evaluated_and_beats_random_networks(found: tuple[SearchResult, Counted]) -> None:
    result, judge = found
    assert {each.arch for each in result.front} <= set(judge.asked)
    assert len(judge.asked) == len(set(judge.asked))
    assert len(judge.asked) <= 60 + 3 + 60  # trials, extremes, baselines
    assert all(each.latency_high_ms <= 0.4 for each in result.front)
    random = result.baselines[0].best
    assert random is None or result.best.accuracy.value > random.accuracy.value


def test_what_was_predicted_stands_beside_what_was_found(found: tuple[SearchResult, Counted]) -> None:
    result, judge = found
    accuracies = {arch.arch_id: true_accuracy(arch) for arch in judge.asked}
    assert len(result.run.accuracy_checks) >= 40
    assert all(each.found == pytest.approx(accuracies[each.arch_id]) for each in result.run.accuracy_checks)
    late = result.run.accuracy_checks[-10:]
    assert np.mean([abs(each.predicted - each.found) for each in late]) < 0.5


def test_killed_it_goes_on_to_the_same_front(found: tuple[SearchResult, Counted], tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, Counted(), stop=28)
    again = run(tmp_path, Counted())
    assert (again.folder / "front.csv").read_bytes() == (found[0].folder / "front.csv").read_bytes()
    rows = list(csv.DictReader((tmp_path / "front.csv").read_text().splitlines()))
    assert {row["accuracy_origin"] for row in rows} == {"measured"}

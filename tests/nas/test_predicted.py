"""Accuracies predicted from a few evaluations: which are evaluated, how the rest is ranked, the same in any order."""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.stats import spearmanr

from nas.errors import UserError
from nas.search.judge import Accuracy
from nas.search.predicted import PredictedJudge
from predictors import analytic_predictors
from search_space import ArchConfig, arch_cost, named_space

SPACE = named_space("digits")
PI = analytic_predictors()["raspberry-pi-5"]


def true_accuracy(arch: ArchConfig) -> float:
    """Rises with multiply-adds, and 1 point more with attention at stride 8."""
    bonus = arch.levels[2].attention is not None
    return float(100 - 20 * np.exp(-0.4 * np.log(arch_cost(arch).macs / 1e6 + 1)) + bonus)


class Counted:
    """A judge that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[ArchConfig] = []

    def __call__(self, archs: Sequence[ArchConfig]) -> list[Accuracy]:
        self.asked += archs
        values = [true_accuracy(arch) for arch in archs]
        return [Accuracy(value=v, low=v - 1, high=v + 1, origin="measured") for v in values]

    def describe(self) -> str:
        return "made up"


def judged(seed: int = 0, evaluations: int = 48) -> tuple[PredictedJudge, Counted]:
    counted = Counted()
    return PredictedJudge(counted, SPACE, PI, evaluations=evaluations, seed=seed), counted


def test_as_many_are_evaluated_as_asked_for_and_the_rest_is_ranked() -> None:
    judge, counted = judged()
    rng = np.random.default_rng(7)
    archs = [SPACE.sample(rng) for _ in range(300)]
    found = judge(archs)
    assert len(counted.asked) == len(set(counted.asked)) == 48
    others = [(a, f) for a, f in zip(archs, found, strict=True) if a not in counted.asked]
    assert {f.origin for _, f in others} == {"predicted"}
    truth = [true_accuracy(a) for a, _ in others]
    assert spearmanr([f.value for _, f in others], truth).statistic > 0.95
    assert np.mean([f.low <= t <= f.high for (_, f), t in zip(others, truth, strict=True)]) > 0.8
    assert all(f.judged == f.low for _, f in others)
    assert "predicted from 48 evaluations" in judge.describe()
    assert "Spearman" in judge.describe()


def test_evaluated_architectures_keep_their_measurement() -> None:
    judge, counted = judged()
    judge.prepare()
    found = judge(counted.asked[:5])
    assert [f.value for f in found] == [true_accuracy(arch) for arch in counted.asked[:5]]
    assert {f.origin for f in found} == {"measured"}


def test_later_evaluations_are_nearer_to_the_front() -> None:
    """Accuracy of the chosen half beside the random half, at the latency each has: a line through all of them."""
    judge, counted = judged()
    judge.prepare()
    accuracy = np.array([true_accuracy(arch) for arch in counted.asked])
    log_ms = np.log(PI.predict(counted.asked, confidence=0.5).p50_ms)
    above = accuracy - np.polynomial.Polynomial.fit(log_ms, accuracy, 2)(log_ms)
    assert above[24:].mean() > above[:24].mean()


def test_answers_depend_on_the_seed_alone() -> None:
    rng = np.random.default_rng(3)
    archs = [SPACE.sample(rng) for _ in range(40)]
    whole = judged()[0](archs)
    parts = judged()[0]
    assert [*parts(archs[:7]), *parts(archs[7:])] == whole
    assert judged(seed=1)[0](archs) != whole
    assert judged()[0].plan() == parts.plan()


def test_too_few_evaluations_are_refused() -> None:
    with pytest.raises(UserError, match="--evaluations must be at least 18, got 10"):
        judged(evaluations=10)

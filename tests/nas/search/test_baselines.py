"""Simple methods that a search has to beat: what they find, and when a gain is evidence."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from nas.search.baselines import Baseline, baselines, scaled
from nas.search.goals import Goals
from nas.search.judge import Accuracy, Candidate, Judge
from predictors import calibrated_predictor
from search_space import named_space

Judged = Callable[..., Candidate]

SPACE = named_space("efficientvit")
ORIN, NANO = calibrated_predictor("jetson-agx-orin"), calibrated_predictor("jetson-nano")


def test_a_gain_inside_the_noise_is_no_evidence(candidate: Judged) -> None:
    weak = Baseline(name="random networks", tried=9, best=candidate(70.0, 5.0, half=1.0))
    assert weak.gain(candidate(71.3, 5.0, half=1.0)) == (pytest.approx(1.3), False)
    assert weak.gain(candidate(71.5, 5.0, half=1.0))[1]
    assert "cannot be told apart" in weak.describe(candidate(71.3, 5.0, half=1.0, network="mit-b1"))
    assert "the answer itself" in weak.describe(candidate(71.3, 5.0, half=1.0))
    assert "none within the budget" in Baseline(name="x", tried=3, best=None).describe(candidate(1.0, 1.0))


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

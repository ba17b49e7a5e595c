"""Objectives and limits of many genotypes at once: tables against decoding."""

import numpy as np
import pytest

from nas.search.arrays import DecodingJudge, array_judge
from nas.search.goals import Goals
from nas.search.judge import Judge, PriorJudge
from predictors import calibrated_predictor
from search_space import named_space

SPACE = named_space("efficientvit")
ORIN, NANO = calibrated_predictor("jetson-agx-orin"), calibrated_predictor("jetson-nano")


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

"""Priors of many genotypes against the same priors of the decoded architectures, one at a time."""

import numpy as np
import pytest

from predictors import AccuracyPrior, LatencyPredictor, analytic_predictors, calibrated_predictor
from predictors.batched.priors import GenotypePriors, fast_latency
from search_space import SPACES, ArchConfig, SearchSpace, named_space


@pytest.fixture(scope="module", params=list(SPACES))
def priors(request: pytest.FixtureRequest) -> GenotypePriors:
    return GenotypePriors.build(named_space(request.param))


def drawn(space: SearchSpace) -> tuple[np.ndarray, list[ArchConfig]]:
    rng = np.random.default_rng(4)
    genotypes = np.array([space.sample_genotype(rng) for _ in range(400)])
    return genotypes, [space.decode(genotype.tolist()) for genotype in genotypes]


def test_accuracies_equal_one_at_a_time(priors: GenotypePriors) -> None:
    genotypes, archs = drawn(priors.space)
    fast, slow = priors.expected_accuracy(genotypes), AccuracyPrior.fit().predict(archs)
    for name in ("mean", "low", "high"):
        assert getattr(fast, name) == pytest.approx(getattr(slow, name), rel=1e-12)
    assert fast.extrapolated.tolist() == slow.extrapolated.tolist()
    assert priors.space.name != "efficientvit" or fast.extrapolated.any()


@pytest.mark.parametrize("device", ["jetson-agx-orin", "jetson-nano", "raspberry-pi-4", "t4"])
def test_latencies_equal_one_at_a_time(priors: GenotypePriors, device: str) -> None:
    calibrated = device.startswith("jetson")
    predictor: LatencyPredictor = calibrated_predictor(device) if calibrated else analytic_predictors()[device]
    genotypes, archs = drawn(priors.space)
    fast = fast_latency(predictor, priors)
    assert fast is not None
    found, slow = fast(genotypes, 0.9), predictor.predict(archs, confidence=0.9)
    for name in ("p50_ms", "low_ms", "high_ms"):
        assert getattr(found, name) == pytest.approx(getattr(slow, name), rel=1e-12)
    assert found.extrapolated.tolist() == slow.extrapolated.tolist()
    assert found.origin == slow.origin

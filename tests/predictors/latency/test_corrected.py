"""What was measured is exact, and the rest is predicted as before."""

from collections.abc import Callable, Mapping

import numpy as np
import pytest

from predictors import LatencyTable, MeasuredLatency, VerifiedPredictor, fit_latency
from predictors.batched.priors import GenotypePriors, fast_latency
from search_space import ArchConfig, named_space

MakeTable = Callable[..., LatencyTable]
Measured = Callable[..., Mapping[ArchConfig, MeasuredLatency]]
SPACE = named_space("digits")


def test_the_ends_of_a_measurement() -> None:
    found = MeasuredLatency(p50_ms=2.0, log_std=0.1)
    low, high = found.ends(0.9)
    assert high == pytest.approx(2 * np.exp(0.1 * 1.2815515655))
    assert low * high == pytest.approx(4.0)
    assert found.ends(0.5) == (2.0, 2.0)
    with pytest.raises(ValueError, match="positive and finite"):
        MeasuredLatency(p50_ms=0.0, log_std=0.1)


@pytest.mark.parametrize("medians", [False, True])
def test_what_is_known_is_exact_on_both_paths(measured: Measured, make_table: MakeTable, medians: bool) -> None:
    rng = np.random.default_rng(0)
    genotypes = np.array([SPACE.sample_genotype(rng) for _ in range(50)])
    archs = [SPACE.decode(row) for row in genotypes.tolist()]
    base, known = fit_latency(make_table(0)), measured(archs[10:20])
    predictor = VerifiedPredictor(base=base, known=known, factor=1.25, medians=medians)
    found, plain = predictor.predict(archs, confidence=0.9), base.predict(archs, confidence=0.5 if medians else 0.9)
    assert found.high_ms[:10] == pytest.approx(1.25 * plain.high_ms[:10])
    assert found.high_ms[10:20].tolist() == [known[arch].ends(0.9)[1] for arch in archs[10:20]]
    assert found.p50_ms[10:20].tolist() == [known[arch].p50_ms for arch in archs[10:20]]
    fast = fast_latency(predictor, GenotypePriors.build(SPACE))
    assert fast is not None
    for name in ("p50_ms", "low_ms", "high_ms"):
        assert getattr(fast(genotypes, 0.9), name) == pytest.approx(getattr(found, name), rel=1e-9)

"""Measured networks are exact, the rest learns from them, and the promise of drawn networks still holds."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from predictors import (
    LatencyTable,
    MeasuredLatency,
    VerifiedPredictor,
    analytic_predictors,
    calibrated_predictor,
    fit_latency,
    learned,
)
from predictors.batched.priors import GenotypePriors, fast_latency
from search_space import ArchConfig, arch_cost, named_space

MakeTable = Callable[..., LatencyTable]
SPACE = named_space("digits")


def true_ms(arch: ArchConfig, factor: float = 1.0) -> float:
    """What the made-up tables measure, `factor` times slower."""
    cost = arch_cost(arch)
    return factor * (0.01 * cost.kernels + 0.4 * cost.activations / 1e6)


def measured(archs: list[ArchConfig], factor: float = 1.0) -> dict[ArchConfig, MeasuredLatency]:
    return {arch: MeasuredLatency(p50_ms=true_ms(arch, factor), log_std=0.01) for arch in archs}


def test_the_ends_of_a_measurement() -> None:
    found = MeasuredLatency(p50_ms=2.0, log_std=0.1)
    low, high = found.ends(0.9)
    assert high == pytest.approx(2 * np.exp(0.1 * 1.2815515655))
    assert low * high == pytest.approx(4.0)
    assert found.ends(0.5) == (2.0, 2.0)
    with pytest.raises(ValueError, match="positive and finite"):
        MeasuredLatency(p50_ms=0.0, log_std=0.1)


@pytest.mark.parametrize("medians", [False, True])
def test_what_is_known_is_exact_on_both_paths(make_table: MakeTable, medians: bool) -> None:
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


def test_a_device_that_turns_out_slower_is_learned(make_table: MakeTable) -> None:
    """Networks as slow as those it was fitted to change nothing; slower ones pull it towards what is true now."""
    base, rng = fit_latency(make_table(0, noise=0.0)), np.random.default_rng(1)
    archs = [SPACE.sample(rng) for _ in range(60)]
    near = [*archs[30:]]
    for factor in (1.0, 1.3):
        found = learned(base, measured(archs[:30], factor)).predict(near, confidence=0.5).p50_ms
        truth = np.array([true_ms(arch, factor) for arch in near])
        before = np.abs(base.predict(near, confidence=0.5).p50_ms / truth - 1).mean()
        after = np.abs(found / truth - 1).mean()
        assert after < 0.01 if factor == 1.0 else after < 0.8 * before


def test_other_predictors_are_rescaled(make_table: MakeTable) -> None:
    archs = [SPACE.sample(np.random.default_rng(seed)) for seed in range(9)]
    for base in (analytic_predictors()["raspberry-pi-5"], calibrated_predictor("jetson-nano")):
        ms = base.predict(archs, confidence=0.5).p50_ms * 1.7
        known = {a: MeasuredLatency(p50_ms=float(m), log_std=0.0) for a, m in zip(archs[:5], ms[:5], strict=True)}
        found, plain = (each.predict(archs, confidence=0.9) for each in (learned(base, known), base))
        assert found.p50_ms == pytest.approx(ms)
        assert found.high_ms == pytest.approx(1.7 * plain.high_ms)


@pytest.mark.parametrize("counts", [(40, 30, 60), (40, 0, 60)])
def test_upper_ends_still_cover_drawn_networks_after_picked_ones_were_fitted(
    make_table: MakeTable, counts: tuple[int, int, int]
) -> None:
    """Picked as a search does: the largest networks that the predictor promises to be fast."""
    above, rng = [], np.random.default_rng(5)
    pool = [SPACE.sample(rng) for _ in range(300)]
    macs = np.array([arch_cost(arch).macs for arch in pool])
    for seed in range(12):
        table = make_table(seed, noise=0.05, counts=counts)
        base = fit_latency(table)
        picked = np.argsort(-macs / base.predict(pool, confidence=0.9).high_ms)[:20]
        noise = np.exp(0.05 * rng.standard_normal(20))
        known = {
            pool[i]: MeasuredLatency(p50_ms=true_ms(pool[i]) * n, log_std=0.01)
            for i, n in zip(picked, noise, strict=True)
        }
        test = table.networks("test")
        found = learned(base, known).predict([ArchConfig.from_json(r.key_json) for r in test], confidence=0.9)
        above.append((np.array([r.p50_ms for r in test]) <= found.high_ms).mean())
    assert 0.86 <= np.mean(above) <= 0.96


def test_the_kind_of_model_and_the_assurance_stay(make_table: MakeTable) -> None:
    for table in (make_table(3), make_table(3, noise=0.02, counts=(40, 30, 10), odd_blocks=40)):
        base = replace(fit_latency(table), assurance=0.9)
        found = learned(base, measured([SPACE.smallest(), SPACE.largest()]))
        assert (found.name, type(found.model), found.assurance) == (base.name, type(base.model), 0.9)  # type: ignore[attr-defined]
        assert found.seen.arch_ids[-2:] == (SPACE.smallest().arch_id, SPACE.largest().arch_id)  # type: ignore[attr-defined]
        again = learned(base, measured([SPACE.smallest(), SPACE.largest()]))
        archs = [SPACE.sample(np.random.default_rng(2))]
        assert again.predict(archs, confidence=0.9).high_ms == found.predict(archs, confidence=0.9).high_ms

"""Predictors learn from networks that were picked and measured, and the promise of drawn networks still holds."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest

from predictors import (
    LatencyTable,
    MeasuredLatency,
    analytic_predictors,
    calibrated_predictor,
    fit_latency,
    learned,
)
from search_space import ArchConfig, arch_cost, named_space

MakeTable = Callable[..., LatencyTable]
Measured = Callable[..., Mapping[ArchConfig, MeasuredLatency]]
TrueMs = Callable[..., float]
SPACE = named_space("digits")


def test_a_device_that_turns_out_slower_is_learned(
    true_ms: TrueMs, measured: Measured, make_table: MakeTable
) -> None:
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
    true_ms: TrueMs, make_table: MakeTable, counts: tuple[int, int, int]
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


def test_the_kind_of_model_and_the_assurance_stay(measured: Measured, make_table: MakeTable) -> None:
    for table in (make_table(3), make_table(3, noise=0.02, counts=(40, 30, 10), odd_blocks=40)):
        base = replace(fit_latency(table), assurance=0.9)
        found = learned(base, measured([SPACE.smallest(), SPACE.largest()]))
        assert (found.name, type(found.model), found.assurance) == (base.name, type(base.model), 0.9)  # type: ignore[attr-defined]
        assert found.seen.arch_ids[-2:] == (SPACE.smallest().arch_id, SPACE.largest().arch_id)  # type: ignore[attr-defined]
        again = learned(base, measured([SPACE.smallest(), SPACE.largest()]))
        archs = [SPACE.sample(np.random.default_rng(2))]
        assert again.predict(archs, confidence=0.9).high_ms == found.predict(archs, confidence=0.9).high_ms

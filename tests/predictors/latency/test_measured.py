"""Fitted predictors: coverage of the interval, networks unlike those they know, and files that are refused."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from predictors import FittedPredictor, LatencyTable, fit_latency, load_fitted
from search_space import ArchConfig, named_space

MakeTable = Callable[..., LatencyTable]


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A predictor of one table, with the table's held-out networks and their latencies."""

    predictor: FittedPredictor
    archs: list[ArchConfig]
    measured: np.ndarray


@pytest.fixture(scope="module")
def fits(make_table: MakeTable) -> list[Fit]:
    """Of 20 independent tables."""
    found = []
    for seed in range(20):
        table = make_table(seed, noise=0.05, counts=(30, 40, 60))
        test = table.networks("test")
        archs, measured = [ArchConfig.from_json(r.key_json) for r in test], np.array([r.p50_ms for r in test])
        found.append(Fit(predictor=fit_latency(table), archs=archs, measured=measured))
    return found


def test_upper_ends_cover_at_their_confidence(fits: list[Fit]) -> None:
    """Conformal promise over 20 independent tables: 90 % of held-out networks at the upper end, 80 % between both."""
    above, between = [], []
    for fit in fits:
        found = fit.predictor.predict(fit.archs, confidence=0.9)
        above.append((fit.measured <= found.high_ms).mean())
        between.append(((found.low_ms <= fit.measured) & (fit.measured <= found.high_ms)).mean())
    assert 0.87 <= np.mean(above) <= 0.95
    assert 0.75 <= np.mean(between) <= 0.9


def test_without_calibration_networks_cross_validation_gives_the_interval(make_table: MakeTable) -> None:
    above = []
    for seed in range(20):
        table = make_table(seed, noise=0.05, counts=(40, 0, 30))
        predictor = fit_latency(table)
        test = table.networks("test")
        found = predictor.predict([ArchConfig.from_json(r.key_json) for r in test], confidence=0.9)
        above.append((np.array([r.p50_ms for r in test]) <= found.high_ms).mean())
        assert predictor.judged.choice is not None
        assert (predictor.judged.choice.interval_from, len(predictor.band.scores)) == ("cross-validation", 40)
    assert 0.87 <= np.mean(above) <= 0.97


def test_cross_validated_interval_needs_as_many_networks(make_table: MakeTable) -> None:
    predictor = fit_latency(make_table(0, counts=(8, 0, 5)))
    with pytest.raises(ValueError, match=r"no interval at 90% confidence: it needs 9"):
        predictor.predict([named_space("digits").largest()], confidence=0.9)


def test_assured_upper_ends_keep_their_confidence_on_nearly_every_table(fits: list[Fit]) -> None:
    """At 90 % with assurance 0.9: at least 9 of 10 tables keep 90 %, up to the 60 networks counted on."""
    kept, plain = [], []
    for fit in fits:
        assured = replace(fit.predictor, assurance=0.9).predict(fit.archs, confidence=0.9)
        found = fit.predictor.predict(fit.archs, confidence=0.9)
        assert (assured.high_ms >= found.high_ms).all()
        assert assured.p50_ms.tolist() == found.p50_ms.tolist()
        kept.append((fit.measured <= assured.high_ms).mean())
        plain.append((fit.measured <= found.high_ms).mean())
    assert (np.array(kept) >= 0.88).mean() >= 0.9
    assert np.mean(kept) > np.mean(plain)


def test_few_calibration_networks_give_no_interval(make_table: MakeTable) -> None:
    predictor = fit_latency(make_table(0, counts=(8, 8, 5)))
    archs = [named_space("digits").largest()]
    assert predictor.judged.coverage is None
    with pytest.raises(ValueError, match=r"no interval at 90% confidence: it needs 9 networks, there are 8"):
        predictor.predict(archs, confidence=0.9)
    median = predictor.predict(archs, confidence=0.5)
    assert median.high_ms == median.p50_ms


def test_high_confidence_needs_more_networks(make_table: MakeTable) -> None:
    predictor = fit_latency(make_table(0, counts=(20, 30, 5)))
    with pytest.raises(ValueError, match=r"at 99% confidence: it needs 99 networks, .* measure more networks on cpu"):
        predictor.predict([named_space("digits").largest()], confidence=0.99)


def test_unlike_networks_are_marked_and_widened(make_table: MakeTable) -> None:
    predictor = fit_latency(make_table(0))
    far = named_space("efficientvit").largest()
    near = named_space("digits").sample(np.random.default_rng(0))
    found = predictor.predict([near, far], confidence=0.9)
    assert found.extrapolated.tolist() == [False, True]
    spread = found.high_ms / found.p50_ms
    assert spread[1] > 2 * spread[0]


def test_saved_predictor_predicts_the_same(make_table: MakeTable, tmp_path: Path) -> None:
    predictor = fit_latency(make_table(0))
    predictor.save(tmp_path / "cpu.json")
    again = load_fitted(tmp_path / "cpu.json")
    archs = [named_space("digits").sample(np.random.default_rng(1))]
    for name in ("p50_ms", "low_ms", "high_ms"):
        first, second = (getattr(p.predict(archs, confidence=0.9), name) for p in (predictor, again))
        assert first.tolist() == second.tolist()
    assert isinstance(again, FittedPredictor)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema_version": "latency-predictor/9"}, "made by another version"),
        ({"columns": ["constant"]}, "made by another version"),
        ({"model": {"kind": "linear", "coefficients": [1.0], "noise": 0.1, "covariance": [[1.0]]}}, "not take"),
        ({"model": {"kind": "forest"}}, "unknown model kind 'forest'; known: linear"),
        ({"band": {"scores": [float("nan")], "normalised": False}}, "NaN is not a finite number"),
        ({"novelty": {"center": [1.0], "whitening": [[1.0]], "limit": 1.0}}, "novelty has 1 columns"),
        ({"seen": {}}, "'arch_ids' is missing"),
    ],
)
def test_broken_files_are_named(
    make_table: MakeTable, tmp_path: Path, change: dict[str, object], message: str
) -> None:
    path = tmp_path / "cpu.json"
    fit_latency(make_table(0)).save(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ValueError, match=f"cpu.json is not (a latency predictor|JSON): .*{message}"):
        load_fitted(path)

"""What a predictor learns from networks that were measured after it was fitted.

A search measures the networks that it picked, so these are no draw from the space. They may teach the model, but not
its interval: that still comes from the calibration networks, which were drawn and are not fitted. Which networks were
picked depends on them through one number alone, the width of the interval that the search worked with. What is
promised of a measured network rests on its own measurement (`VerifiedPredictor`).
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from predictors.intervals.conformal import MIN_CALIBRATION, ConformalBand
from predictors.intervals.novelty import Novelty
from predictors.latency.by_space import SpacesPredictor
from predictors.latency.corrected import MeasuredLatency, VerifiedPredictor
from predictors.latency.measured import FittedPredictor
from predictors.latency.seen import SeenNetworks
from predictors.models import Regressor, candidates, choose, cross_predict
from predictors.prediction import LatencyPredictor
from search_space import ArchConfig, traits_of


def learned(latency: LatencyPredictor, measured: Mapping[ArchConfig, MeasuredLatency]) -> LatencyPredictor:
    """`latency` refitted with networks that were measured on its device, one at least.

    A predictor that rests on other devices or on figures cannot be refitted: it is rescaled by the median ratio of
    measured and predicted, its interval as wide as before.
    """
    if isinstance(latency, SpacesPredictor):
        return _learned_by_space(latency, measured)
    archs, latency_ms = list(measured), np.array([each.p50_ms for each in measured.values()])
    if isinstance(latency, FittedPredictor):
        return refit(latency, archs, latency_ms)
    ratio = latency_ms / latency.predict(archs, confidence=0.5).p50_ms
    return VerifiedPredictor(base=latency, factor=float(np.median(ratio)))


def _learned_by_space(latency: SpacesPredictor, measured: Mapping[ArchConfig, MeasuredLatency]) -> SpacesPredictor:
    """Each part from the networks of its space; one without any stays as it is."""
    parts = []
    for space, predictor in latency.parts:
        own = {arch: ms for arch, ms in measured.items() if arch in space}
        parts.append((space, learned(predictor, own) if own else predictor))
    return SpacesPredictor(parts=tuple(parts))


def refit(latency: FittedPredictor, archs: list[ArchConfig], latency_ms: np.ndarray) -> FittedPredictor:
    """The same kind of model on the networks it was fitted to and on these, with `latency_ms` (n,).

    The band is made anew from the calibration networks; without enough of them, from the networks fitted first, each
    predicted by models without its fold.
    """
    n_fit, n_cal = latency.judged.n_fit, latency.judged.n_calibration
    seen = latency.seen
    own, own_ms = seen.rows[:n_fit], seen.latency_ms[:n_fit]
    new = latency.design.rows(latency.design.additive(archs))
    rows, ms = np.concatenate([own, new]), np.concatenate([own_ms, latency_ms])
    regressor = _regressor(latency, own, own_ms)
    model = regressor.fit(rows, ms)
    # the spread of a model on block sums needs more of a network than its row
    normalised = latency.band.normalised and latency.design.blocks is None
    if n_cal >= MIN_CALIBRATION:
        held = slice(n_fit, n_fit + n_cal)
        predicted, std, held_ms = *model.predict(seen.rows[held]), seen.latency_ms[held]
    else:
        predicted, std = (each[:n_fit] for each in cross_predict(regressor, rows, ms))
        held_ms = own_ms
    return replace(
        latency,
        model=model,
        band=ConformalBand.fit(predicted, std, held_ms, normalised=normalised),
        novelty=Novelty.fit(rows),
        seen=SeenNetworks(
            arch_ids=(*seen.arch_ids, *(arch.arch_id for arch in archs)),
            rows=np.concatenate([seen.rows, new]),
            latency_ms=np.concatenate([seen.latency_ms, latency_ms]),
        ),
        traits=latency.traits | traits_of(archs),
        report=replace(latency.judged, n_refitted=len(archs)),
    )


def _regressor(latency: FittedPredictor, rows: np.ndarray, latency_ms: np.ndarray) -> Regressor:
    """The kind of model that `latency` has; where it leans on another device, the best without one."""
    known = candidates(len(rows), macs_columns=latency.design.work_columns)
    # `fit_latency` calls the same kinds on block sums `table_`
    names = {name.replace("macs_", "").replace("physics_", ""): name for name in known}
    name = latency.name if latency.name in known else names.get(latency.name.removeprefix("table_"))
    return known[name or choose(known, rows, latency_ms).name]

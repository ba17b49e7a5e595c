"""`fit_latency`: from the rows of a latency table to a predictor judged on networks it never saw."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

import numpy as np

from predictors.features.blocks import MIN_BLOCKS, BlockLatencies, block_groups
from predictors.features.costs import BYTES
from predictors.features.design import MACS_COLUMNS, Design
from predictors.intervals.conformal import MIN_CALIBRATION, ConformalBand, normalising_helps
from predictors.intervals.novelty import Novelty
from predictors.latency.additivity import additivity
from predictors.latency.audit import composition
from predictors.latency.fit_report import FitReport, HeldOut, LatencyErrors, ModelChoice, SummedBlocks
from predictors.latency.measured import FittedPredictor
from predictors.latency.seen import SeenNetworks
from predictors.latency.table import LatencyRow, LatencyTable
from predictors.models import Choice, LatencyModel, MacsAffine, candidates, choose
from search_space import (
    COST_FIELDS,
    ArchConfig,
    operator_cost_vector,
    operator_from_json,
    operators,
    traits_of,
)

MIN_FIT = 6


def fit_latency(
    table: LatencyTable, *, prior: np.ndarray | None = None, source: LatencyModel | None = None
) -> FittedPredictor:
    """Fit to the `fit` networks of a table, calibrate on `cal`, report on `test`.

    The model with the smallest cross-validated error is taken, on physics features alone and, where the table holds
    enough single blocks, with its sums beside them. `prior` (k,) are coefficients of a similar device's physics
    features, `source` a model of one on the same features.

    Raises:
        ValueError: fewer than 6 networks to fit or none held out.
    """
    fit, cal, test = (table.networks(split) for split in ("fit", "cal", "test"))
    if len(fit) < MIN_FIT or not test:
        raise ValueError(f"the table has {len(fit)} networks to fit and {len(test)} held out; needs {MIN_FIT} and 1")
    plain = Design(bytes_per_element=BYTES[table.manifest.precision])
    full = replace(plain, blocks=block_latencies(table))
    choice, design = _choose(plain, full, fit, prior, source)
    seen = (*fit, *cal, *test)
    rows = design.rows(design.additive(_archs(seen)))
    predictor = FittedPredictor(
        device=table.manifest.device,
        space=table.manifest.space,
        precision=table.manifest.precision,
        name=choice.name,
        model=choice.model,
        design=design,
        band=_cross_validated_band(choice, _ms(fit)),
        novelty=Novelty.fit(rows[: len(fit)]),
        seen=SeenNetworks(arch_ids=tuple(row.arch_id for row in seen), rows=rows, latency_ms=_ms(seen)),
        traits=traits_of(_archs(fit)),
        report=None,
        rows_digest=rows_digest(table),
    )
    if len(cal) >= MIN_CALIBRATION:
        mean, std = predictor.mean_std(design.additive(_archs(cal)))
        predictor = replace(
            predictor, band=ConformalBand.fit(mean, std, _ms(cal), normalised=predictor.band.normalised)
        )
    return replace(predictor, report=_report(predictor, table, choice, plain, full))


def block_latencies(table: LatencyTable) -> BlockLatencies | None:
    """The measured blocks of a table; None where there are too few different ones to interpolate."""
    rows = [row for row in table.rows if row.kind == "block"]
    blocks = [operator_from_json(row.key_json) for row in rows]
    costs = np.array([operator_cost_vector(op) for op in blocks])
    if len(rows) < MIN_BLOCKS or len(np.unique(costs, axis=0)) < MIN_BLOCKS:
        return None
    std = np.array([(row.ci_hi_ms - row.ci_lo_ms) / (2 * 1.96) for row in rows])  # 95 % bootstrap intervals
    whole = (op for arch in _archs(table.networks()) for _, op in operators(arch))
    return BlockLatencies.fit(
        costs,
        _ms(rows),
        std,
        bytes_per_element=BYTES[table.manifest.precision],
        groups=block_groups(chain(blocks, whole)),
    )


def rows_digest(table: LatencyTable) -> str:
    """SHA-256 of everything in the rows, whatever their order."""
    return hashlib.sha256("".join(sorted(row.model_dump_json() for row in table.rows)).encode()).hexdigest()


def composed_warnings(table: LatencyTable) -> list[str]:
    """One line for each kind of parts of which the network latencies are an exact sum."""
    networks = table.networks()
    archs, latency = _archs(networks), _ms(networks)
    lists = [[op.key_json for _, op in operators(arch)] for arch in archs]
    place = {key: index for index, key in enumerate(dict.fromkeys(key for each in lists for key in each))}
    counts = np.zeros((len(archs), len(place)))
    for index, each in enumerate(lists):
        np.add.at(counts[index], [place[key] for key in each], 1)
    plain = Design(bytes_per_element=BYTES[table.manifest.precision])
    parts = [counts, plain.rows(plain.additive(archs))[:, 1:]]
    if blocks := block_latencies(table):
        parts.append(blocks.sums(archs)[:, :-1])
    return list(dict.fromkeys(found.warning() for part in parts if (found := composition(part, latency)).composed))


def _choose(
    plain: Design, full: Design, fit: Sequence[LatencyRow], prior: np.ndarray | None, source: LatencyModel | None
) -> tuple[Choice, Design]:
    """The best model on physics features, or with table sums where these make it better beyond chance."""
    archs, latency = _archs(fit), _ms(fit)
    models = candidates(len(fit), macs_columns=MACS_COLUMNS, prior=prior, source=source)
    choice = choose(models, plain.rows(plain.additive(archs)), latency)
    if full.blocks is None:
        return choice, plain
    summed = candidates(len(fit), macs_columns=full.work_columns)
    named = {f"table_{name.replace('macs_', '').replace('physics_', '')}": model for name, model in summed.items()}
    other = choose(named, full.rows(full.additive(archs)), latency)
    scores = choice.scores | other.scores
    gain = np.abs(choice.predicted / latency - 1) - np.abs(other.predicted / latency - 1)
    better = gain.mean() > gain.std() / np.sqrt(len(gain))  # by more than one standard error, else the simpler
    return (replace(other, scores=scores), full) if better else (replace(choice, scores=scores), plain)


def _cross_validated_band(choice: Choice, latency_ms: np.ndarray) -> ConformalBand:
    normalised = normalising_helps(choice.predicted, choice.std, latency_ms)
    return ConformalBand.fit(choice.predicted, choice.std, latency_ms, normalised=normalised)


def _report(
    predictor: FittedPredictor, table: LatencyTable, choice: Choice, plain: Design, full: Design
) -> FitReport:
    """Errors on the held-out networks, the baselines' beside them, and what the rows look like."""
    fit, cal, test = (table.networks(split) for split in ("fit", "cal", "test"))
    measured, fitted_ms = _ms(test), _ms(fit)
    found = predictor.predict(_archs(test), confidence=0.5)
    affine = MacsAffine(macs_columns=MACS_COLUMNS).fit(plain.rows(plain.additive(_archs(fit))), fitted_ms)
    by_macs = affine.predict(plain.rows(plain.additive(_archs(test))))[0]
    baselines, sums = {"macs_affine": LatencyErrors.of(by_macs, measured)}, None
    if full.blocks is not None:
        baselines["table_sum"] = LatencyErrors.of(_summed(full, test), measured)
        physics = min(score for name, score in choice.scores.items() if not name.startswith("table_"))
        judged = additivity(_summed(full, fit), fitted_ms, whole_error=physics)
        sums = SummedBlocks(**judged.record(), interpolation_error=full.blocks.error)
    return FitReport(
        errors=LatencyErrors.of(found.p50_ms, measured),
        noise_floor=table.noise_floor("test"),
        n_fit=len(fit),
        n_held_out=len(test),
        coverage=_coverage(predictor, test),
        baselines=baselines,
        warnings=tuple(composed_warnings(table)),
        choice=ModelChoice(
            n_calibration=len(cal),
            interval_from="calibration" if len(cal) >= MIN_CALIBRATION else "cross-validation",
            cross_validated_mape=choice.scores,
            additivity=sums,
        ),
        held_out=HeldOut(
            arch_ids=[row.arch_id for row in test],
            predicted_ms=found.p50_ms.tolist(),
            measured_ms=measured.tolist(),
            extrapolated=int(found.extrapolated.sum()),
        ),
    )


def _coverage(predictor: FittedPredictor, test: Sequence[LatencyRow]) -> float | None:
    """Share of held-out networks below the 90 % upper end; None where there is no interval."""
    if len(predictor.band.scores) < MIN_CALIBRATION:
        return None
    return float((_ms(test) <= predictor.predict(_archs(test), confidence=0.9).high_ms).mean())


def _summed(full: Design, rows: Sequence[LatencyRow]) -> np.ndarray:
    return np.asarray(full.additive(_archs(rows))[:, len(COST_FIELDS) : -1].sum(axis=1))


def _archs(rows: Sequence[LatencyRow]) -> list[ArchConfig]:
    return [ArchConfig.from_json(row.key_json) for row in rows]


def _ms(rows: Sequence[LatencyRow]) -> np.ndarray:
    return np.array([row.p50_ms for row in rows])

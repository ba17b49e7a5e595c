"""From single runs to one latency per model: clean runs, drift removed, bootstrap interval."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from nas.measuring.runner.protocol import Visit
from nas.measuring.runner.statistics import clean_runs_ns, median_polish, round_drift

ANCHOR_DRIFT = 0.03  # shift of a group, in log, above which it belongs in the table's record


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Latency of one model in ms: point, interval, halves, single-run quantiles and counts.

    The halves are the visits in every other group, so that they tell how far visits at other times agree; of a model
    that was in one group only they are the even and the odd rounds.

    The quantiles, mean and MAD are of clean runs with the same drift removed as the point, each round weighing the
    same, so that `p25_ms` <= `p50_ms` <= `p75_ms` always holds.
    """

    p50_ms: float
    ci_lo_ms: float
    ci_hi_ms: float
    half_a_ms: float
    half_b_ms: float
    quantiles_ms: dict[str, float]
    mean_ms: float
    mad_ms: float
    cv: float
    n_rounds: int
    n_runs: int
    n_dropped: int


def estimate(visits: Sequence[Visit], *, threads: int = 1, seed: int = 0) -> dict[str, Estimate]:
    """One estimate per model from all its visits.

    Log latency = model + round within each group by median polish; groups are brought together by the models that
    several share: the anchors are in all of them. A round that fewer than three models share is left uncorrected.
    What a model took is the middle of what it took in each group.
    """
    rounds = _rounds(visits, threads=threads)
    drift = _drift(rounds)
    shifts = _group_shifts(_levels(rounds, drift))
    corrected: dict[str, dict[int, list[np.ndarray]]] = {}
    for (group, number, model), logs in sorted(rounds.items()):
        found = corrected.setdefault(model, {}).setdefault(group, [])
        found.append(logs - drift[group, number] - shifts[group])
    n_runs: dict[str, int] = {}
    for visit in visits:
        n_runs[visit.model] = n_runs.get(visit.model, 0) + len(visit.wall_ns)
    return {model: _one(list(corrected[model].values()), n_runs[model], seed=seed) for model in sorted(corrected)}


def group_shifts(visits: Sequence[Visit], *, threads: int = 1) -> dict[int, float]:
    """How much slower each group ran than the median group, as a fraction, seen by the models that groups share.

    `estimate` removes these; beyond `ANCHOR_DRIFT` they belong in the table's record.
    """
    rounds = _rounds(visits, threads=threads)
    shifts = _group_shifts(_levels(rounds, _drift(rounds)))
    return {group: float(np.expm1(shift)) for group, shift in shifts.items()}


Cell = tuple[int, int, str]  # group, round, model


def _rounds(visits: Iterable[Visit], *, threads: int) -> dict[Cell, np.ndarray]:
    """Log ms of the clean runs, by cell."""
    return {(v.group, v.round, v.model): np.log(np.array(clean_runs_ns(v, threads)) / 1e6) for v in visits}


def _drift(rounds: dict[Cell, np.ndarray]) -> dict[tuple[int, int], float]:
    """Log effect of each round of each group, by median polish over the models that share it."""
    groups: dict[int, dict[tuple[str, int], float]] = {}
    for (group, number, model), logs in rounds.items():
        groups.setdefault(group, {})[model, number] = float(np.median(logs))
    return {(group, n): effect for group, cells in groups.items() for n, effect in round_drift(cells).items()}


def _levels(rounds: dict[Cell, np.ndarray], drift: dict[tuple[int, int], float]) -> dict[int, dict[str, float]]:
    """Log latency of each model in each group, drift within the group removed."""
    points: dict[int, dict[str, list[float]]] = {}
    for (group, number, model), logs in rounds.items():
        points.setdefault(group, {}).setdefault(model, []).append(float(np.median(logs)) - drift[group, number])
    return {g: {model: float(np.median(x)) for model, x in found.items()} for g, found in points.items()}


def _group_shifts(levels: dict[int, dict[str, float]]) -> dict[int, float]:
    """How much slower, in log, each group ran than the median group, seen by the models that several groups share."""
    cells = {(model, group): level for group, found in levels.items() for model, level in found.items()}
    groups = Counter(model for model, _ in cells)
    shared = {(model, group): level for (model, group), level in cells.items() if groups[model] > 1}
    shifts = median_polish(shared, sweeps=30)[1] if shared else {}
    return dict.fromkeys(levels, 0.0) | shifts


def _one(groups: Sequence[Sequence[np.ndarray]], n_runs: int, *, seed: int) -> Estimate:
    """The estimate from the corrected log ms of the clean runs of each round of each group."""
    logs = [np.array([np.median(runs) for runs in rounds]) for rounds in groups]
    middles = np.array([np.median(each) for each in logs])
    middle = float(np.median(middles))
    low, high = np.quantile(_resampled(logs, np.random.default_rng(seed)), [0.025, 0.975])
    halves = (middles[::2], middles[1::2]) if len(logs) > 1 else (logs[0][::2], logs[0][1::2])
    rounds = [runs for each in groups for runs in each]
    runs_ms = np.exp(np.concatenate(rounds))
    weights = np.concatenate([np.full(len(runs), 1 / len(runs)) for runs in rounds])
    quantiles_ms = {f"p{q}_ms": _quantile(runs_ms, weights, q / 100) for q in (10, 25, 75, 90, 99)}
    p50_ms = float(np.clip(np.exp(middle), quantiles_ms["p25_ms"], quantiles_ms["p75_ms"]))
    return Estimate(
        p50_ms=p50_ms,
        ci_lo_ms=min(float(np.exp(low)), p50_ms),
        ci_hi_ms=max(float(np.exp(high)), p50_ms),
        half_a_ms=float(np.exp(np.median(halves[0]))),
        half_b_ms=float(np.exp(np.median(halves[1] if len(halves[1]) else halves[0]))),
        quantiles_ms=quantiles_ms,
        mean_ms=float(np.average(runs_ms, weights=weights)),
        mad_ms=_quantile(np.abs(runs_ms - p50_ms), weights, 0.5),
        cv=float(np.std(np.concatenate(logs))),
        n_rounds=len(rounds),
        n_runs=n_runs,
        n_dropped=n_runs - len(runs_ms),
    )


def _resampled(logs: Sequence[np.ndarray], rng: np.random.Generator, draws: int = 1000) -> np.ndarray:
    """Bootstrap of the middle (draws,): groups are drawn anew, and in each its rounds."""
    middles = np.stack([np.median(each[rng.integers(len(each), size=(draws, len(each)))], axis=1) for each in logs])
    chosen = rng.integers(len(logs), size=(len(logs), draws))
    return np.asarray(np.median(np.take_along_axis(middles, chosen, axis=0), axis=0))


def _quantile(values: np.ndarray, weights: np.ndarray, share: float) -> float:
    return float(np.quantile(values, share, weights=weights, method="inverted_cdf"))

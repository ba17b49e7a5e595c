"""From single runs to one latency per model: clean runs, drift removed, bootstrap interval."""

from dataclasses import dataclass

import numpy as np

NOISY_CV = 0.05  # spread of round medians above which a row is measured again, then flagged
MIN_CLEAN_RUNS = 3


@dataclass(frozen=True)
class Visit:
    """The timed runs of one model in one round; arrays of shape (runs,)."""

    model: str
    group: int
    round: int
    wall_ns: np.ndarray
    cpu_ns: np.ndarray
    switches: np.ndarray  # involuntary context switches during the run


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Latency of one model in ms: point, interval, halves, single-run quantiles and counts."""

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


def clean_runs_ns(visit: Visit, *, threads: int) -> np.ndarray:
    """Wall times of the runs without an involuntary context switch.

    With fewer than three of those: thread CPU times when single-threaded, else all wall times.
    """
    clean: np.ndarray = visit.wall_ns[visit.switches == 0]
    if len(clean) >= MIN_CLEAN_RUNS:
        return clean
    return visit.cpu_ns if threads == 1 else visit.wall_ns


def median_polish(values: np.ndarray, *, sweeps: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Row and column effects of a (rows, columns) table with NaN for missing cells (Tukey, 1977).

    `values` = row effect + column effect + residual; column effects have median 0.
    """
    rows, columns = np.zeros(len(values)), np.zeros(values.shape[1])
    for _ in range(sweeps):
        rows = np.nanmedian(values - columns, axis=1)
        columns = np.nanmedian(values - rows[:, None], axis=0)
        columns = columns - np.median(columns)
    rows = np.nanmedian(values - columns, axis=1)
    return rows, columns


def estimate(
    visits: list[Visit], *, anchors: tuple[str, ...] = (), threads: int = 1, seed: int = 0
) -> dict[str, Estimate]:
    """One estimate per model from all its visits.

    Log latency = model + round within each group by median polish; groups are brought together by the `anchors`,
    models that are measured in every group.
    """
    cells = {
        (v.group, v.model, v.round): float(np.log(np.median(clean_runs_ns(v, threads=threads)) / 1e6)) for v in visits
    }
    corrected: dict[str, list[tuple[int, float]]] = {}
    levels: dict[int, dict[str, float]] = {}
    for group in sorted({visit.group for visit in visits}):
        models = sorted({v.model for v in visits if v.group == group})
        rounds = sorted({v.round for v in visits if v.group == group})
        table = np.array([[cells.get((group, model, r), np.nan) for r in rounds] for model in models])
        effects, drift = median_polish(table)
        levels[group] = dict(zip(models, effects, strict=True))
        for model, line in zip(models, table - drift, strict=True):
            found = [(r, float(x)) for r, x in zip(rounds, line, strict=True) if not np.isnan(x)]
            corrected.setdefault(model, []).extend((group * 10_000 + r, x) for r, x in found)
    shifts = _group_shifts(levels, anchors)
    by_model: dict[str, list[Visit]] = {}
    for visit in visits:
        by_model.setdefault(visit.model, []).append(visit)
    return {
        model: _one(
            [(index, x - shifts[index // 10_000]) for index, x in sorted(corrected[model])],
            by_model[model],
            threads=threads,
            rng=np.random.default_rng([seed, position]),
        )
        for position, model in enumerate(sorted(by_model))
    }


def _group_shifts(levels: dict[int, dict[str, float]], anchors: tuple[str, ...]) -> dict[int, float]:
    """How much slower, in log, each group ran than the median group, seen by the anchors."""
    shifts = {}
    for group, found in levels.items():
        gaps = [
            found[anchor] - np.median([other[anchor] for other in levels.values() if anchor in other])
            for anchor in anchors
            if anchor in found
        ]
        shifts[group] = float(np.median(gaps)) if gaps else 0.0
    return shifts


def _one(points: list[tuple[int, float]], visits: list[Visit], *, threads: int, rng: np.random.Generator) -> Estimate:
    logs = np.array([x for _, x in points])
    draws = np.median(logs[rng.integers(len(logs), size=(1000, len(logs)))], axis=1)
    low, high = np.quantile(draws, [0.025, 0.975])
    middle = float(np.median(logs))
    runs = np.concatenate([clean_runs_ns(visit, threads=threads) for visit in visits]) / 1e6
    total = sum(len(visit.wall_ns) for visit in visits)
    return Estimate(
        p50_ms=float(np.exp(middle)),
        ci_lo_ms=float(np.exp(min(low, middle))),
        ci_hi_ms=float(np.exp(max(high, middle))),
        half_a_ms=float(np.exp(np.median(logs[::2]))),
        half_b_ms=float(np.exp(np.median(logs[1::2] if len(logs) > 1 else logs))),
        quantiles_ms={f"p{q}_ms": float(np.quantile(runs, q / 100)) for q in (10, 25, 75, 90, 99)},
        mean_ms=float(runs.mean()),
        mad_ms=float(np.median(np.abs(runs - np.median(runs)))),
        cv=float(np.std(logs)),
        n_rounds=len(points),
        n_runs=total,
        n_dropped=total - len(runs),
    )

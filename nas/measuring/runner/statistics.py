"""Arithmetic of the protocol: clean runs, the drift of rounds, models whose rounds disagree."""

from __future__ import annotations

import math
import statistics
from typing import Mapping, Sequence

from nas.measuring.runner.protocol import Visit

NOISY_CV = 0.05  # spread of round medians above which a model is measured again, then flagged
MIN_CLEAN_RUNS = 3
MIN_MODELS_FOR_DRIFT = 3  # with fewer, a round's effect would absorb the very noise that is to be reported


def clean_runs_ns(visit: Visit, threads: int) -> list[int]:
    """Wall times of the runs without an involuntary context switch.

    With fewer than three of those: thread CPU times when single-threaded, else all wall times.
    """
    clean = [wall for wall, switches in zip(visit.wall_ns, visit.switches) if not switches]
    if len(clean) >= MIN_CLEAN_RUNS:
        return clean
    return list(visit.cpu_ns if threads == 1 else visit.wall_ns)


def median_polish(
    cells: Mapping[tuple[str, int], float], sweeps: int = 10
) -> tuple[dict[str, float], dict[int, float]]:
    """Row and column effects of a table given as {(row, column): value}, cells may be missing (Tukey, 1977).

    value = row effect + column effect + residual; column effects have median 0.
    """
    rows = {row: 0.0 for row, _ in sorted(cells)}
    columns = dict.fromkeys(sorted({column for _, column in cells}), 0.0)
    by_row = {name: [(c, value) for (r, c), value in cells.items() if r == name] for name in rows}
    by_column = {name: [(r, value) for (r, c), value in cells.items() if c == name] for name in columns}
    for _ in range(sweeps):
        rows = {name: statistics.median(value - columns[c] for c, value in found) for name, found in by_row.items()}
        columns = {name: statistics.median(v - rows[r] for r, v in found) for name, found in by_column.items()}
        middle = statistics.median(columns.values())
        columns = {name: effect - middle for name, effect in columns.items()}
    rows = {name: statistics.median(value - columns[c] for c, value in found) for name, found in by_row.items()}
    return rows, columns


def round_drift(cells: Mapping[tuple[str, int], float]) -> dict[int, float]:
    """Log effect of each round from {(model, round): log of the median}; 0 for a round that too few models share."""
    models: dict[int, int] = {}
    for _, number in cells:
        models[number] = models.get(number, 0) + 1
    shared = {cell: value for cell, value in cells.items() if models[cell[1]] >= MIN_MODELS_FOR_DRIFT}
    effects = median_polish(shared)[1] if shared else {}
    return {number: effects.get(number, 0.0) for number in models}


def noisy_models(visits: Sequence[Visit], threads: int) -> set[str]:
    """Models of one group whose rounds disagree by more than `NOISY_CV` after the drift is removed."""
    cells = {(v.model, v.round): math.log(statistics.median(clean_runs_ns(v, threads))) for v in visits}
    drift = round_drift(cells)
    logs: dict[str, list[float]] = {}
    for (model, number), value in cells.items():
        logs.setdefault(model, []).append(value - drift[number])
    return {model for model, values in logs.items() if statistics.pstdev(values) > NOISY_CV}

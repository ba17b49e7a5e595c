"""Errors of the latency predictor on the held-out networks of a committed table, by the number of networks fitted.

    python scripts/benchmark_table.py [--table results/latency/cpu-efficientvit] [--fitted 20 60] [--draws 10]

All networks meant for fitting first, then random draws of them and of those meant for calibration; beside the
predictor a fit on multiply-adds alone and the bare sum of block latencies, on the same held-out networks. Last, the
random networks of a table that was measured in another session, none of which the first one holds.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from read_packs import RESULTS, write_rows

from predictors import LatencyTable, fit_latency
from predictors.intervals.metrics import metrics
from search_space import ArchConfig

LATENCY = Path(__file__).parents[1] / "results" / "latency"
FIGURES = ("mape", "p90", "within_5", "within_10", "kendall", "spearman")


def with_fitted(table: LatencyTable, count: int, rng: np.random.Generator) -> LatencyTable:
    """The table with `count` networks to fit, drawn from all that are not held out; the others are left out."""
    usable = [row.row_id for row in table.networks("fit", "cal")]
    drawn = {usable[place] for place in rng.permutation(len(usable))[:count]}
    kept = [row.model_copy(update={"split": "fit"}) for row in table.rows if row.row_id in drawn]
    others = [row for row in table.rows if row.kind == "block" or row.split == "test"]
    return replace(table, rows=(*kept, *others))


def scored(tables: list[LatencyTable], name: str) -> list[dict[str, Any]]:
    """One row for the predictor and one for each baseline, means over the tables."""
    reports = [fit_latency(table).judged.to_json() for table in tables]
    counts = {"fitted": reports[0]["n_fit"], "held_out": reports[0]["n_held_out"], "draws": len(tables)}
    found = {"predictor": reports} | {
        baseline: [report["baselines"][baseline] for report in reports] for baseline in reports[0]["baselines"]
    }
    noise = float(np.mean([report["noise_floor"] for report in reports]))
    return [
        {
            "table": name,
            **counts,
            "model": model,
            **{figure: round(float(np.mean([each[figure] for each in values])), 4) for figure in FIGURES},
            "worst_draw_mape": round(max(each["mape"] for each in values), 4),
            "noise_floor": round(noise, 4),
        }
        for model, values in found.items()
    ]


def in_another_session(table: LatencyTable, other: LatencyTable, name: str) -> dict[str, Any]:
    """Errors of the predictor of `table` on the random networks of `other` that `table` does not hold."""
    known = {row.arch_id for row in table.networks()}
    rows = [row for row in other.networks("cal", "test") if row.arch_id not in known]
    archs = [ArchConfig.from_json(row.key_json) for row in rows]
    predictor, measured = fit_latency(table), np.array([row.p50_ms for row in rows])
    found = metrics(predictor.predict(archs, confidence=0.9).p50_ms, measured)
    return {
        "table": name,
        "fitted": predictor.judged.n_fit,
        "held_out": len(rows),
        "draws": 1,
        "model": "predictor",
        **{figure: round(found[figure], 4) for figure in FIGURES},
        "worst_draw_mape": round(found["mape"], 4),
        "noise_floor": round(other.noise_floor("cal", "test"), 4),
    }


def main() -> None:
    """Score and write one row for each number of networks and model."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--table", type=Path, default=LATENCY / "cpu-efficientvit")
    parser.add_argument("--other", type=Path, default=LATENCY / "cpu-efficientvit-another-hour")
    parser.add_argument("--fitted", type=int, nargs="*", default=[20, 60])
    parser.add_argument("--draws", type=int, default=10)
    options = parser.parse_args()
    table, name = LatencyTable.load(options.table), options.table.name
    rows = scored([table], name)
    for count in options.fitted:
        rng = np.random.default_rng(count)
        rows += scored([with_fitted(table, count, rng) for _ in range(options.draws)], name)
    rows.append(in_another_session(table, LatencyTable.load(options.other), options.other.name))
    for row in rows:
        print(row)
    write_rows(RESULTS / f"table-{name}.csv", rows)


if __name__ == "__main__":
    main()

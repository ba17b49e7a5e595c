"""Do 90 % intervals hold 90 %? Random splits of measured networks into fitted, calibrated on and asked about.

    python scripts/benchmark_coverage.py [--table results/latency/cpu-digits] [--splits 200] [--fit 30] [--cal 20]

The model is fitted to the first part, the conformal interval comes from the second, and its coverage is counted on
the third. Single splits scatter: the share of those under 0.80 is given.
"""

import argparse
from pathlib import Path

import numpy as np
from read_packs import RESULTS, write_rows

from predictors import LatencyTable
from predictors.features.costs import BYTES
from predictors.features.design import Design
from predictors.intervals.conformal import ConformalBand
from predictors.models import NonNegativeRidge
from search_space import ArchConfig

ROOT = Path(__file__).parents[1]


def coverages(design: np.ndarray, latency_ms: np.ndarray, *, splits: int, fit: int, cal: int) -> np.ndarray:
    """Share of asked networks inside the 90 % interval, by split (splits,)."""
    rng, found = np.random.default_rng(0), []
    for _ in range(splits):
        order = rng.permutation(len(latency_ms))
        own, judge, asked = order[:fit], order[fit : fit + cal], order[fit + cal :]
        model = NonNegativeRidge(penalty=1e-4).fit(design[own], latency_ms[own])
        mean, std = model.predict(design[judge])
        band = ConformalBand.fit(mean, std, latency_ms[judge], normalised=False)
        low, high = band.interval(*model.predict(design[asked]), coverage=0.9)
        found.append(float(((low <= latency_ms[asked]) & (latency_ms[asked] <= high)).mean()))
    return np.array(found)


def main() -> None:
    """Count and write one row."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--table", type=Path, default=ROOT / "results" / "latency" / "cpu-digits")
    parser.add_argument("--splits", type=int, default=200)
    parser.add_argument("--fit", type=int, default=30)
    parser.add_argument("--cal", type=int, default=20)
    parser.add_argument("--out", type=Path, help="default: coverage-<table>.csv beside the other results")
    options = parser.parse_args()
    table = LatencyTable.load(options.table)
    networks = table.networks()
    design = Design(bytes_per_element=BYTES[table.manifest.precision])
    rows = design.rows(design.additive([ArchConfig.from_json(row.key_json) for row in networks]))
    latency = np.array([row.p50_ms for row in networks])
    found = coverages(rows, latency, splits=options.splits, fit=options.fit, cal=options.cal)
    result: dict[str, object] = {
        "table": options.table.name,
        "splits": options.splits,
        "fitted": options.fit,
        "calibrated_on": options.cal,
        "asked": len(latency) - options.fit - options.cal,
        "nominal": 0.9,
        "mean_coverage": float(found.mean()),
        "share_of_splits_under_0.80": float((found < 0.8).mean()),
        "worst_split": float(found.min()),
    }
    print(result)
    write_rows(options.out or RESULTS / f"coverage-{options.table.name}.csv", [result])


if __name__ == "__main__":
    main()

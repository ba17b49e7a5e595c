"""Calibrated Jetson predictors on the published rows: each row, and each whole backbone, predicted from the others.

    python scripts/benchmark_published.py

The rows ship with the package (`predictors/data/published_latency.csv`, sources beside them). Beside the calibration:
a constant and one rate for all multiply-adds, left out the same way, and the analytic estimate, which sees no row.
"""

import argparse
from pathlib import Path

import numpy as np
from read_packs import RESULTS, write_rows

from predictors import CALIBRATED_DEVICES, CalibratedPredictor, analytic_predictors, calibrated_predictor, metrics
from predictors.features.costs import cost_matrix, features
from predictors.features.design import MACS_COLUMNS
from predictors.models import MacsAffine, cross_predict

RUNS = ("within_5", "within_10", "p90", "kendall", "spearman")


def predictions(predictor: CalibratedPredictor) -> dict[str, np.ndarray]:
    """Latency of each published row by each way of leaving it out, in ms (n,)."""
    design = features(cost_matrix(predictor.archs), bytes_per_element=2)
    n = len(predictor.latency_ms)
    affine = cross_predict(MacsAffine(macs_columns=MACS_COLUMNS), design, predictor.latency_ms, folds=n)[0]
    analytic = analytic_predictors()[predictor.device]
    return {
        "calibrated, row left out": predictor.latency_ms / predictor.leave_one_out,
        "calibrated, backbone left out": predictor.latency_ms / predictor.leave_backbone_out,
        "macs affine, row left out": affine,
        "analytic, no rows": analytic.predict(predictor.archs, confidence=0.5).p50_ms,
    }


def main() -> None:
    """Score both devices and write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESULTS / "published-jetson.csv")
    options = parser.parse_args()
    table: list[dict[str, object]] = []
    for device in CALIBRATED_DEVICES:
        predictor = calibrated_predictor(device)
        for name, found in predictions(predictor).items():
            scores = metrics(found, predictor.latency_ms)
            largest = float(np.abs(found / predictor.latency_ms - 1).max())
            table.append(
                {"device": device, "predictor": name, "rows": len(found), "mape": scores["mape"], "largest": largest}
                | {key: scores[key] for key in RUNS}
            )
            print(table[-1], flush=True)
    write_rows(options.out, table)


if __name__ == "__main__":
    main()

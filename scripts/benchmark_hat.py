"""Latency models on measured transformers (HAT, Wang et al., 2020): 200 rows fitted, the rest held out.

    python scripts/benchmark_hat.py --data DIR [--rows 200] [--draws 10]

`DIR/hat/*.csv` holds 2,000 sub-networks per device. Beside the model that cross-validation chooses: multiply-adds
affine, and plain boosted trees on the raw features. The interval is cross-validated on the fitted rows.
"""

import argparse
from pathlib import Path

import numpy as np
from read_packs import HAT, HAT_MACS, RESULTS, hat_design, read_hat, write_rows

from predictors import metrics
from predictors.intervals.conformal import ConformalBand, normalising_helps
from predictors.models import MacsAffine, candidates, choose


def draw_of(features: np.ndarray, latency_ms: np.ndarray, rows: int, seed: int) -> dict[str, dict[str, float | str]]:
    """Scores of each model on the rows that were not fitted."""
    from sklearn.ensemble import GradientBoostingRegressor

    order = np.random.default_rng(seed).permutation(len(latency_ms))
    fit, held = order[:rows], order[rows:]
    design, measured = hat_design(features), latency_ms[held]
    choice = choose(candidates(rows, macs_columns=HAT_MACS), design[fit], latency_ms[fit])
    mean, std = choice.model.predict(design[held])
    normalised = normalising_helps(choice.predicted, choice.std, latency_ms[fit])
    band = ConformalBand.fit(choice.predicted, choice.std, latency_ms[fit], normalised=normalised)
    low, high = band.interval(mean, std, coverage=0.9)
    inside = float(((low <= measured) & (measured <= high)).mean())
    affine = MacsAffine(macs_columns=HAT_MACS).fit(design[fit], latency_ms[fit]).predict(design[held])[0]
    trees = GradientBoostingRegressor(n_estimators=300, max_depth=3, learning_rate=0.05, random_state=0)
    plain = np.exp(trees.fit(features[fit], np.log(latency_ms[fit])).predict(features[held]))
    return {
        "chosen": {**metrics(mean, measured), "coverage": inside, "model": choice.name},
        "macs affine": {**metrics(affine, measured), "coverage": float("nan"), "model": ""},
        "plain trees": {**metrics(plain, measured), "coverage": float("nan"), "model": ""},
    }


def main() -> None:
    """Score each device and write the means over the draws."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with hat/*.csv")
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--out", type=Path, default=RESULTS / "hat.csv")
    options = parser.parse_args()
    table: list[dict[str, object]] = []
    for device in HAT:
        features, latency = read_hat(options.data, device)
        draws = [draw_of(features, latency, options.rows, seed) for seed in range(options.draws)]
        for name in draws[0]:
            found = [draw[name] for draw in draws]
            row: dict[str, object] = {"device": device, "predictor": name, "rows": options.rows, "draws": len(draws)}
            for key in ("mape", "within_5", "within_10", "p90", "kendall", "spearman", "coverage"):
                row[key] = float(np.mean([float(each[key]) for each in found]))
            models = [str(each["model"]) for each in found]
            row["models"] = " ".join(f"{m}:{models.count(m)}" for m in dict.fromkeys(models) if m)
            print(row, flush=True)
            table.append(row)
    write_rows(options.out, table)


if __name__ == "__main__":
    main()

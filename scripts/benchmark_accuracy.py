"""Accuracy predicted from a few evaluations, on measured ImageNet accuracies of Once-for-all sub-networks (DyNAS-T).

    python scripts/benchmark_accuracy.py --data DIR [--evaluations 20 50 100 200] [--draws 5]

`DIR/dynas-t/*.csv` holds 2,162 distinct sub-networks of OFA-MobileNetV3 from five searches, with top-1 and
multiply-adds. Random ones are fitted, all others held out; the baseline is linear in log multiply-adds.
"""

import argparse
import ast
import csv
from pathlib import Path

import numpy as np
from read_packs import RESULTS, write_rows
from scipy.stats import kendalltau, spearmanr

from predictors.accuracy.from_evaluations import fit_accuracy

LEVELS, DEEPEST = 5, 4


def read_dynas(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Features (n, k): kernel and expansion of each layer that is there, depths, log MACs; top-1 in percent (n,)."""
    found: dict[str, tuple[list[float], float]] = {}
    for path in sorted((folder / "dynas-t").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                net = ast.literal_eval(row["Sub-network"])
                there = [layer % DEEPEST < net["d"][layer // DEEPEST] for layer in range(LEVELS * DEEPEST)]
                key = str([(k, e) for k, e, t in zip(net["ks"], net["e"], there, strict=True) if t] + net["d"])
                kernels = [k * t for k, t in zip(net["ks"], there, strict=True)]
                expands = [e * t for e, t in zip(net["e"], there, strict=True)]
                features = [*kernels, *expands, *net["d"], float(np.log(float(row["MACs"])))]
                found.setdefault(key, (features, float(row["Top-1 Acc (%)"])))
    return np.array([each[0] for each in found.values()]), np.array([each[1] for each in found.values()])


def draw_of(features: np.ndarray, accuracy: np.ndarray, count: int, seed: int) -> dict[str, list[float]]:
    """[mean error, Kendall, Spearman, coverage] of the model and of the baseline."""
    order = np.random.default_rng(seed).permutation(len(accuracy))
    fit, held = order[:count], order[count:]
    mean, low, high = fit_accuracy(features[fit], accuracy[fit]).predict(features[held])
    inside = float(((low <= accuracy[held]) & (accuracy[held] <= high)).mean())
    line = np.polynomial.Polynomial.fit(features[fit, -1], accuracy[fit], 1)(features[held, -1])
    return {
        name: [
            float(np.abs(found - accuracy[held]).mean()),
            float(kendalltau(found, accuracy[held]).statistic),
            float(spearmanr(found, accuracy[held]).statistic),
            inside if name == "model" else float("nan"),
        ]
        for name, found in (("model", mean), ("log macs", line))
    }


def main() -> None:
    """Score and write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with dynas-t/*.csv")
    parser.add_argument("--evaluations", type=int, nargs="+", default=[20, 50, 100, 200])
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--out", type=Path, default=RESULTS / "accuracy-dynas-t.csv")
    options = parser.parse_args()
    features, accuracy = read_dynas(options.data)
    table: list[dict[str, object]] = []
    for count in options.evaluations:
        draws = [draw_of(features, accuracy, count, seed) for seed in range(options.draws)]
        for name in draws[0]:
            mae, kendall, spearman, coverage = (float(v) for v in np.mean([draw[name] for draw in draws], axis=0))
            table.append(
                {
                    "evaluations": count,
                    "held_out": len(accuracy) - count,
                    "predictor": name,
                    "mean_error_points": mae,
                    "kendall": kendall,
                    "spearman": spearman,
                    "coverage_90": coverage,
                }
            )
            print(table[-1], flush=True)
    write_rows(options.out, table)


if __name__ == "__main__":
    main()

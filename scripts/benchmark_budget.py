"""Does an answer keep its budget? Random budgets on measured networks that were neither fitted nor calibrated on.

    python scripts/benchmark_budget.py --data DIR [--budgets 200] [--confidence 0.95] [--draws 5]

For each budget the network of the largest value whose upper end is within it is picked, by three upper ends: the
point prediction, the conformal interval's, and the contract's. Picked by `use`, the value is the upper end itself:
the network that makes most of the budget, so that slack is what caution costs. Picked by `size`, as a search does, it
is known before measuring: parameters of the transformers (HAT), mean log latency on other devices (FBNet); there the
slack is also what the value asks for. Slack is budget / measured - 1 of the answers that keep it. Budgets are random
quantiles, from 5 to 95 %, of the latencies held out.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from read_packs import HAT, HAT_MACS, RESULTS, hat_design, read_fbnet, read_hat, write_rows

from predictors.intervals.budget import BudgetContract, pick
from predictors.intervals.conformal import ConformalBand, normalising_helps
from predictors.latency.audit import one_hot
from predictors.models import NonNegativeRidge, Regressor, candidates, choose

FIT, CALIBRATE = 300, 200
FBNET = ("2080ti_1", "titan_rtx_1", "titanx_1", "titanxp_1", "gold_6240", "silver_4210r")


def tasks(folder: Path) -> Iterator[tuple[str, np.ndarray, np.ndarray, np.ndarray, dict[str, Regressor]]]:
    """Name, design (n, k), latency (n,), value (n,) and candidate models of each device."""
    for device in HAT:
        features, latency = read_hat(folder, device)
        design = hat_design(features)
        value = np.log(design[:, list(HAT_MACS)].sum(axis=1))
        yield f"hat {device}", design, latency, value, candidates(FIT, macs_columns=HAT_MACS)
    pack = read_fbnet(folder)
    design = np.concatenate([np.ones((len(pack.ops), 1)), one_hot(pack.ops)], axis=1)
    models: dict[str, Regressor] = {f"ridge_{p:g}": NonNegativeRidge(penalty=p) for p in (1e-5, 1e-4, 1e-3)}
    for device in FBNET:
        others = [i for i, name in enumerate(pack.devices) if pack.group(name) != pack.group(device)]
        value = np.log(pack.latency_ms[:, others]).mean(axis=1)
        yield f"fbnet {device}", design, pack.latency_ms[:, pack.devices.index(device)], value, models


def draw_of(
    design: np.ndarray,
    latency_ms: np.ndarray,
    value: np.ndarray,
    models: dict[str, Regressor],
    *,
    budgets: int,
    confidence: float,
    seed: int,
) -> dict[tuple[str, str], tuple[float, float]]:
    """Share of budgets kept and mean slack, by what is picked and by the upper end."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(latency_ms))
    fit, cal, held = order[:FIT], order[FIT : FIT + CALIBRATE], order[FIT + CALIBRATE :]
    choice = choose(models, design[fit], latency_ms[fit])
    normalised = normalising_helps(choice.predicted, choice.std, latency_ms[fit])
    mean, std = choice.model.predict(design[cal])
    band = ConformalBand.fit(mean, std, latency_ms[cal], normalised=normalised)
    alone = BudgetContract.fit(mean, std, latency_ms[cal], confidence=confidence, normalised=normalised)
    picked_by = BudgetContract.fit(
        mean, std, latency_ms[cal], confidence=confidence, value=value[cal], normalised=normalised
    )
    mean, std = choice.model.predict(design[held])
    conformal = band.ends(mean, std, confidence=confidence)[1]
    # quantiles, not milliseconds, are uniform: latencies come in clumps with nothing to pick between
    asked = np.quantile(latency_ms[held], rng.uniform(0.05, 0.95, budgets))
    with_value = picked_by.upper(mean, std, value=value[held])
    upper = {
        "use": {"point": mean, "conformal": conformal, "contract": alone.upper(mean, std)},
        "size": {"point": mean, "conformal": conformal, "contract": with_value},
    }
    return {
        (by, way): _kept(ends, ends if by == "use" else value[held], latency_ms[held], asked)
        for by, found in upper.items()
        for way, ends in found.items()
    }


def _kept(upper_ms: np.ndarray, value: np.ndarray, measured_ms: np.ndarray, asked: np.ndarray) -> tuple[float, float]:
    """Share of answers within the budget, and mean slack of those."""
    picked = [(budget, pick(upper_ms, value, budget)) for budget in asked]
    ratios = np.array([budget / measured_ms[index] for budget, index in picked if index is not None])
    kept = ratios >= 1
    return float(kept.mean()), float((ratios[kept] - 1).mean()) if kept.any() else float("nan")


def main() -> None:
    """Score every device and write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with hat/*.csv and help-fbnet/fbnet.csv")
    parser.add_argument("--budgets", type=int, default=200)
    parser.add_argument("--confidence", type=float, default=0.95)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--out", type=Path, default=RESULTS / "budget.csv")
    options = parser.parse_args()
    table: list[dict[str, object]] = []
    for name, design, latency, value, models in tasks(options.data):
        draws = [
            draw_of(design, latency, value, models, budgets=options.budgets, confidence=options.confidence, seed=seed)
            for seed in range(options.draws)
        ]
        for by, way in draws[0]:
            kept, slack = np.mean([draw[by, way] for draw in draws], axis=0)
            table.append(
                {
                    "device": name,
                    "picked_by": by,
                    "upper_end": way,
                    "confidence": options.confidence,
                    "budgets": options.budgets * options.draws,
                    "kept": float(kept),
                    "worst_draw": min(draw[by, way][0] for draw in draws),
                    "mean_slack": float(slack),
                }
            )
            print(table[-1], flush=True)
    write_rows(options.out, table)


if __name__ == "__main__":
    main()

"""Recipes at equal compute: every recipe trains a supernet of space `digits` on cluttered digits.

    python scripts/benchmark_recipes.py --passes 1072 --seeds 3

Each run gets the same number of sub-network passes. Writes results/recipes.csv (held-out accuracy of the largest, the
smallest and the mean of 16 random members, and what was spent) after every run, and goes on where it stopped.
"""

import argparse
import tempfile
from pathlib import Path

import pandas as pd

from search_space import named_space
from supernet import RECIPES, FairSampler, Ledger, TrainConfig, evaluate, load_dataset, race, read_manifest, train

TABLE = Path(__file__).parents[1] / "results" / "recipes.csv"
DATA, MEMBERS = "cluttered-digits", 16


def main() -> None:
    """Train what is not in the table yet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passes", type=int, default=1072)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--recipes", nargs="+", default=[*RECIPES, "auto"])
    parser.add_argument("--table", type=Path, default=TABLE)
    options = parser.parse_args()
    rows = pd.read_csv(options.table).to_dict("records") if options.table.exists() else []
    for seed in range(options.seeds):
        for recipe in options.recipes:
            if any((row["recipe"], row["seed"], row["passes"]) == (recipe, seed, options.passes) for row in rows):
                continue
            rows.append(trained(recipe, seed, options.passes))
            print(rows[-1], flush=True)
            pd.DataFrame(rows).to_csv(options.table, index=False)
    table = pd.DataFrame(rows)
    print(table.groupby("recipe")[["largest", "smallest", "random_mean"]].agg(["mean", "std"]).round(2).to_string())


def trained(recipe: str, seed: int, passes: int) -> dict[str, object]:
    """One row: a run and what it gives."""
    space, data = named_space("digits"), load_dataset(DATA)
    config = TrainConfig(recipe="sandwich" if recipe == "auto" else recipe, passes=passes, seed=seed)
    chosen = recipe
    if recipe == "auto":
        chosen = race(space, data, config, passes // 10, passes).winner
        config = TrainConfig(recipe=chosen, passes=passes, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        supernet = train(space, data, Path(folder), config, probes=0)
        ledger = Ledger.from_dict(read_manifest(Path(folder))["ledger"])
    sampler = FairSampler(space=space, seed=1000)
    members = [space.largest(), space.smallest(), *map(sampler.draw, range(MEMBERS))]
    found = [evaluate(supernet, arch, data).value for arch in members]
    return {
        "recipe": recipe,
        "seed": seed,
        "passes": passes,
        "trained_with": chosen,
        "largest": round(found[0], 2),
        "smallest": round(found[1], 2),
        "random_mean": round(sum(found[2:]) / MEMBERS, 2),
        "random_lowest": round(min(found[2:]), 2),
        "passes_done": ledger.passes,
        "forward_only": ledger.peeks,
        "tera_macs": round(ledger.macs / 1e12, 3),
        "seconds": round(ledger.seconds, 1),
    }


if __name__ == "__main__":
    main()

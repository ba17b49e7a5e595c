"""The whole path on real data and real measurements, in about ten minutes on two cores.

    python scripts/run_digits_experiment.py --work DIR

Trains the supernet of space `digits`, measures the latency table of this machine, fits the predictor, searches at the
median latency of the space, measures and exports. What is small enough to keep goes to `results/`: the latency table
without raw samples, and the front with predicted and measured latencies side by side.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from predictors import load_fitted
from search_space import named_space

RESULTS = Path(__file__).parents[1] / "results"


def nas(*arguments: str) -> None:
    """Run one command of the toolkit and say how long it took."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "nas.cli", *arguments], check=True)
    print(f"[{' '.join(arguments[:1])}: {time.perf_counter() - started:.0f} s]", flush=True)


def main() -> None:
    """Run all steps; each one resumes when this script was stopped."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder for everything that is made")
    parser.add_argument("--predictor", type=Path, help="use this one; measure no table and fit nothing")
    options = parser.parse_args()
    work = options.work
    os.environ["NAS_HOME"] = str(work / "home")
    supernet, table, predictor = work / "supernet", work / "table", options.predictor or work / "cpu.json"
    nas("train", "--space", "digits", "--data", "digits", "--out", str(supernet))
    if options.predictor is None:
        nas("collect", "--device", "cpu", "--space", "digits", "--out", str(table))
        nas("fit", "--device", "cpu", "--table", str(table), "--out", str(predictor))
    space, rng = named_space("digits"), np.random.default_rng(0)
    latency = load_fitted(predictor).predict([space.sample(rng) for _ in range(2000)], confidence=0.9)
    budget = f"{float(np.median(latency.high_ms)):.3f}ms"
    print(f"median upper latency of the space: {budget}", flush=True)
    search = ["search", "--device", "cpu", "--space", "digits", "--supernet", str(supernet), "--budget", budget]
    nas(*search, "--predictor", str(predictor), "--export", "--out", str(work / "search"))
    if options.predictor is None:
        kept = RESULTS / "latency" / "cpu-digits"
        kept.mkdir(parents=True, exist_ok=True)
        for name in ("manifest.json", "rows.csv"):
            shutil.copy(table / name, kept / name)
        shutil.copy(predictor, RESULTS / "latency" / "cpu-digits-predictor.json")
    shutil.copy(work / "search" / "front.csv", RESULTS / "front-cpu-digits.csv")
    shutil.copy(work / "search" / "front.png", RESULTS / "figures" / "front-cpu-digits.png")


if __name__ == "__main__":
    main()

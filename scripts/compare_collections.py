"""How well two collections of the same networks agree, on a quiet machine and beside a process that loads one core.

    python scripts/compare_collections.py --networks 30

Writes results/collections.csv: disagreement of the two latencies of each network, as measured, and after the change
that all of them share or that the reference operation saw, which is what another minute on a shared machine does to
everything alike.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterator

BUSY = """
import os, sys
import numpy as np
matrix = np.ones((256, 256), np.float32)
while os.getppid() == int(sys.argv[1]):
    matrix = matrix @ matrix / 256
"""
TABLE = Path(__file__).parents[1] / "results" / "collections.csv"


def main() -> None:
    """Two collections in each condition."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--space", default="efficientvit")
    parser.add_argument("--networks", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--passes", type=int, default=2)
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder) / "cpu.zip"
        collect(options, "--bundle", str(bundle))
        for condition, loaded in (("quiet", False), ("one core loaded", True)):
            with load(loaded):
                tables = [measured(bundle, Path(folder) / f"{condition} {index}", options) for index in range(2)]
            protocol = {"rounds": options.rounds, "passes": options.passes}
            rows.append({"condition": condition, "space": options.space, **agreement(*tables), **protocol})
            print(rows[-1], flush=True)
    pd.DataFrame(rows).to_csv(TABLE, index=False)


@contextmanager
def load(on: bool) -> "Iterator[None]":
    """A process that multiplies matrices on one core without end, or none."""
    if not on:
        yield
        return
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    process = subprocess.Popen([sys.executable, "-c", BUSY, str(os.getpid())], env={**os.environ, **single})
    try:
        yield
    finally:
        process.kill()
        process.wait()


def measured(bundle: Path, folder: Path, options: argparse.Namespace) -> tuple[pd.Series, float]:
    """Latencies in ms by architecture, measured by the bundle's runner and filed by `nas collect --import`, and the
    median of the reference operation in us.
    """
    folder.mkdir()
    subprocess.run([sys.executable, bundle.resolve()], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    collect(options, "--import", str(folder / "results.jsonl"), "--out", str(folder / "table"))
    rows = pd.read_csv(folder / "table" / "rows.csv")
    networks = rows[rows["kind"] == "network"]
    manifest = json.loads((folder / "table" / "manifest.json").read_text(encoding="utf-8"))
    return networks.set_index("arch_id")["p50_ms"], manifest["protocol"]["reference"]["median_us"]


def collect(options: argparse.Namespace, *more: str) -> None:
    """`nas collect` on this machine."""
    sizes = ["--networks", str(options.networks), "--blocks", "0"]
    sizes += ["--rounds", str(options.rounds), "--passes", str(options.passes)]
    command = [sys.executable, "-m", "nas.cli", "collect", "--device", "cpu", "--space", options.space, *sizes, *more]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def agreement(first: tuple[pd.Series, float], second: tuple[pd.Series, float]) -> dict[str, float]:
    """Percent: median and 95th percentile of the disagreement; the same without the shift that all networks share, or
    without the change of the reference operation, which knows nothing of the networks.
    """
    ratio = np.log((second[0] / first[0]).dropna().to_numpy(dtype=float))
    shift, reference = float(np.median(ratio)), float(np.log(second[1] / first[1]))
    found: dict[str, float] = {"networks": len(ratio)}
    for name, log in (("", 0.0), ("_after_shift", shift), ("_after_reference", reference)):
        left = 100 * np.abs(np.expm1(ratio - log))
        found[f"median_percent{name}"] = round(float(np.median(left)), 2)
        found[f"p95_percent{name}"] = round(float(np.quantile(left, 0.95)), 2)
    found["common_shift_percent"] = round(100 * float(np.expm1(shift)), 2)
    return found | {"reference_change_percent": round(100 * float(np.expm1(reference)), 2)}


if __name__ == "__main__":
    main()

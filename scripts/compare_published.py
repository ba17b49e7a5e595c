"""Search for a device and compare each published model with the best found that is no slower at the median.

    python scripts/compare_published.py --device jetson-agx-orin
    python scripts/compare_published.py --device cpu --table results/latency/cpu-efficientvit

Takes about half a minute and writes results/found-against-published-<device>.csv. The budget lies above the slowest
published model, so that all of them are compared. `--table` fits the predictor to a measured table first.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from nas.devices import find_device, latency_predictor
from nas.runs.folder import COMPARISONS
from predictors import load_predictor, published_networks
from search_space import named_space

RESULTS = Path(__file__).parents[1] / "results"
SPACE = "efficientvit"
ROOM = 1.05  # the search takes slightly wider upper ends than a predictor's own


def nas(*arguments: str) -> None:
    """Run one command of the toolkit."""
    subprocess.run([sys.executable, "-m", "nas.cli", *arguments], check=True)


def main() -> None:
    """Fit if asked to, search, keep the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", required=True)
    parser.add_argument("--table", type=Path, help="measured networks to fit the latency predictor to")
    options = parser.parse_args()
    device = find_device(options.device)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        search, predictor = ["search", "--device", device.name, "--no-measure", "--no-rivals"], None
        search += ["--space", SPACE] if options.table is not None else []  # of the others nothing was measured
        if options.table is not None:
            predictor = folder / "predictor.json"
            nas("fit", "--device", device.name, "--table", str(options.table), "--out", str(predictor))
            search += ["--predictor", str(predictor)]
        members = [each.arch for each in published_networks()]
        if options.table is not None:
            members = [arch for arch in members if arch in named_space(SPACE)]
        latency = load_predictor(predictor) if predictor else latency_predictor(device, SPACE)
        slowest = float(latency.predict(members, confidence=0.9).high_ms.max())
        nas(*search, "--budget", f"{ROOM * slowest:.3g}ms", "--out", str(folder / "run"))
        shutil.copy(folder / "run" / COMPARISONS, RESULTS / f"found-against-published-{device.name}.csv")


if __name__ == "__main__":
    main()

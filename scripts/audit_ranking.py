"""Does the supernet rank sub-networks as training them alone does? The audit that the README shows.

    python scripts/audit_ranking.py --work DIR

Trains a supernet of space `digits` on hard cluttered digits for 1,500 passes, and 24 of its sub-networks alone for
three epochs each: about 20 minutes on two cores. Goes on where it stopped. Figures, table and picture go to
`results/`, unless a setting was changed: then they stay in DIR.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

RESULTS = Path(__file__).parents[1] / "results"
DATA = "cluttered-digits:clutter=4,noise=0.25,test=4000"
PASSES, NETWORKS, EPOCHS = 1500, 24, 3
KEPT = {
    "audit.json": "ranking-cluttered-digits.json",
    "audit.csv": "ranking-cluttered-digits.csv",
    "audit.png": "figures/ranking-cluttered-digits.png",
}


def nas(*arguments: str) -> None:
    """Run one command of the toolkit."""
    subprocess.run([sys.executable, "-m", "nas.cli", *arguments], check=True)


def main() -> None:
    """Train, audit, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder of the supernet")
    parser.add_argument("--passes", type=int, default=PASSES)
    parser.add_argument("--networks", type=int, default=NETWORKS)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    options = parser.parse_args()
    supernet = str(options.work)
    recipe = ["--recipe", "single-path", "--passes", str(options.passes)]
    nas("train", "--space", "digits", "--data", DATA, *recipe, "--out", supernet)
    nas("audit", "--supernet", supernet, "--networks", str(options.networks), "--epochs", str(options.epochs))
    if (options.passes, options.networks, options.epochs) != (PASSES, NETWORKS, EPOCHS):
        print(f"another setting than that of {RESULTS}: nothing copied there")
        return
    for name, kept in KEPT.items():
        shutil.copy(options.work / name, RESULTS / kept)


if __name__ == "__main__":
    main()

"""Kill a training run ten times at random moments; its final weights have to be those of a run left alone.

    python scripts/check_resume.py --kills 10

SIGKILL, the same command again, on one CPU process with one thread. Writes results/resume.csv: a row a kill, and what
the comparison of the final files said.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
from safetensors.torch import load_file

TABLE = Path(__file__).parents[1] / "results" / "resume.csv"
SETTINGS = ["--data", "digits", "--recipe", "sandwich", "--passes", "480", "--ema", "0.99", "--save-every", "1"]


def main() -> None:
    """Run, kill, resume, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = random.Random(options.seed)  # noqa: S311  # moments, not secrets
    with tempfile.TemporaryDirectory() as folder:
        whole, killed = Path(folder) / "whole", Path(folder) / "killed"
        began = time.perf_counter()
        started(whole).wait()
        seconds = time.perf_counter() - began
        rows = [kill(killed, rng.uniform(0.1, 0.3) * seconds, number + 1) for number in range(options.kills)]
        started(killed).wait()
        equal = {group: same(whole, killed, group) for group in ("weights", "average", "optimiser")}
    table = pd.DataFrame(rows)
    for group, verdict in equal.items():
        table[f"{group}_bit_identical"] = verdict
    table.to_csv(TABLE, index=False)
    print(table.to_string(index=False))
    if not all(equal.values()):
        sys.exit(f"not bit-identical: {equal}")


def started(out: Path) -> subprocess.Popen[bytes]:
    """The command, on one thread."""
    command = [sys.executable, "-m", "nas.cli", "train", *SETTINGS, "--out", str(out)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def kill(out: Path, after: float, number: int) -> dict[str, object]:
    """One kill; a run that was finished by then is noted as such."""
    process = started(out)
    try:
        finished = process.wait(timeout=after) == 0
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        finished = False
    saved = sorted(out.glob("weights-*.safetensors"))
    step = int(saved[0].stem.split("-")[1]) if saved else 0
    return {"kill": number, "after_seconds": round(after, 2), "finished_before": finished, "saved_step": step}


def same(first: Path, second: Path, group: str) -> bool:
    """Whether the final tensors are equal, bit for bit."""
    one, two = (load_file(next(folder.glob(f"{group}-*.safetensors"))) for folder in (first, second))
    return one.keys() == two.keys() and all(one[name].equal(two[name]) for name in one)


if __name__ == "__main__":
    main()

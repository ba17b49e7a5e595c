"""Kill a training run ten times at random moments; its final weights have to be those of a run left alone.

    python scripts/check_resume.py --kills 10

SIGKILL, the same command again, on one CPU process with one thread. The run is cut into as many parts as there are
kills: each one falls into its part, a random fraction of a second after a random step of it was saved, however fast
the machine is just then. Writes results/resume.csv: a row a kill, and what the comparison of the final files said.
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

from supernet import read_manifest

TABLE = Path(__file__).parents[1] / "results" / "resume.csv"
SETTINGS = ["--data", "digits", "--recipe", "sandwich", "--passes", "480", "--ema", "0.99", "--save-every", "1"]
LATEST = 0.9  # of the run: the last kill leaves some of it
PAUSE_S = 1.0  # the time between two saves, so that kills fall into steps and into saves


def main() -> None:
    """Run, kill, resume, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = random.Random(options.seed)  # noqa: S311  # moments, not secrets
    with tempfile.TemporaryDirectory() as folder:
        whole, killed = Path(folder) / "whole", Path(folder) / "killed"
        started(whole).wait()
        part = LATEST * saved_step(whole) / options.kills
        rows = []
        for number in range(options.kills):
            after_step = int((number + rng.random()) * part)
            rows.append({"kill": number + 1, **kill(killed, after_step, rng.uniform(0, PAUSE_S))})
            print(rows[-1], flush=True)
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


def kill(out: Path, after_step: int, pause_s: float) -> dict[str, object]:
    """Kill `pause_s` after this life has saved a step of its own and `after_step` is reached."""
    process, began_at, began = started(out), saved_step(out), time.perf_counter()
    while process.poll() is None and saved_step(out) <= max(began_at, after_step):
        time.sleep(0.01)
    time.sleep(pause_s)
    process.send_signal(signal.SIGKILL)
    return {
        "after_seconds": round(time.perf_counter() - began, 2),
        "finished_before": process.wait() != -signal.SIGKILL,
        "saved_step": saved_step(out),
    }


def saved_step(out: Path) -> int:
    """The step that the next life goes on from; 0 before the first was saved."""
    try:
        return int(read_manifest(out)["step"])
    except ValueError:
        return 0


def same(first: Path, second: Path, group: str) -> bool:
    """Whether the final tensors are equal, bit for bit."""
    one, two = (load_file(next(folder.glob(f"{group}-*.safetensors"))) for folder in (first, second))
    return one.keys() == two.keys() and all(one[name].equal(two[name]) for name in one)


if __name__ == "__main__":
    main()

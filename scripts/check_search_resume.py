"""Kill searches ten times at random moments; each has to end with the front of a search left alone.

    python scripts/check_search_resume.py [--cases predictor local processes ray]

SIGKILL to the command, not to its workers, and the same command again. Cases: `predictor` (space efficientvit,
predicted accuracies, 20,000 trials), and a digits supernet of 200 steps, searched by `local`, `processes` and `ray`.
Replaces the rows of its cases in results/search-resume.csv, a row a kill.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

TABLE = Path(__file__).parents[1] / "results" / "search-resume.csv"
NAS = [sys.executable, "-m", "nas.cli"]
PREDICTOR = ["--device", "jetson", "--budget", "10ms", "--trials", "20000"]
DIGITS = ["--device", "raspberry-pi-5", "--space", "digits", "--budget", "0.3ms", "--evaluations", "40"]
CASES = {
    "predictor": [],
    "local": ["--engine", "local"],
    "processes": ["--engine", "processes", "--workers", "2"],
    "ray": ["--engine", "ray", "--workers", "2"],
}
FILES = ("front.csv", "hypervolume.csv", "published.csv")


def main() -> None:
    """Run, kill, resume, compare, case by case."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES))
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        if set(options.cases) - {"predictor"}:
            train(root / "trained")
        tables = [check(case, root, options.kills, options.seed) for case in options.cases]
    found = pd.concat(tables)
    if TABLE.exists():
        earlier = pd.read_csv(TABLE)
        found = pd.concat([earlier[~earlier["case"].isin(options.cases)], found])
    found.to_csv(TABLE, index=False)
    print(found.to_string(index=False))
    if not found["front_identical"].all():
        sys.exit("a front differs")


def check(case: str, root: Path, kills: int, seed: int) -> pd.DataFrame:
    """One case: a search left alone, one that is killed, and whether both end alike."""
    rng = random.Random(seed)  # noqa: S311  # moments, not secrets
    whole, killed = root / case / "whole", root / case / "killed"
    began = time.perf_counter()
    process = started(case, whole, root)
    while process.poll() is None and not (whole / "run" / "study.journal").exists():
        time.sleep(0.01)
    loading = time.perf_counter() - began
    succeed(process)
    searching = time.perf_counter() - began - loading
    rows = [{"case": case, "kill": n + 1, **kill(case, killed, root, rng, loading, searching)} for n in range(kills)]
    succeed(started(case, killed, root))
    table = pd.DataFrame(rows)
    table["front_identical"] = all(
        (whole / "run" / file).read_bytes() == (killed / "run" / file).read_bytes() for file in FILES
    )
    return table


def train(out: Path) -> None:
    """A digits supernet, quickly."""
    settings = ["--data", "digits", "--recipe", "single-path", "--passes", "200", "--out", str(out)]
    subprocess.run([*NAS, "train", *settings], check=True, capture_output=True)


def started(case: str, folder: Path, root: Path) -> subprocess.Popen[bytes]:
    """The command of a case, with a supernet of its own to keep evaluations beside."""
    options = PREDICTOR
    if case != "predictor":
        if not (folder / "supernet").exists():
            shutil.copytree(root / "trained", folder / "supernet")
        options = [*DIGITS, "--supernet", str(folder / "supernet"), *CASES[case]]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [*NAS, "search", *options, "--out", str(folder / "run")]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def succeed(process: subprocess.Popen[bytes]) -> None:
    """Wait for the end of a command that has to succeed."""
    message = process.communicate()[1].decode()
    if process.returncode:
        sys.exit(message)


def kill(
    case: str, folder: Path, root: Path, rng: random.Random, loading: float, searching: float
) -> dict[str, object]:
    """One kill; a search that was finished by then is noted as such.

    A search that was finished before is begun anew. Predictions are made again after a kill, so that any moment will
    do. What a supernet has evaluated is kept: ten kills share one search, each a while after the first new
    evaluation, and one in five while things load.
    """
    if (folder / "run" / "front.csv").exists():  # finished: begin anew
        shutil.rmtree(folder)
    process, began, log = started(case, folder, root), time.perf_counter(), folder / "supernet" / "evaluations.jsonl"
    if case == "predictor":
        after = rng.uniform(0, loading + searching)
    elif rng.random() < 0.2:
        after = rng.uniform(0, loading)
    else:
        known = lines(log)
        while process.poll() is None and lines(log) == known:
            time.sleep(0.01)
        after = time.perf_counter() - began + rng.uniform(0, 0.15) * searching
    try:
        process.communicate(timeout=max(0.0, after - (time.perf_counter() - began)))
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
    journal = folder / "run" / "study.journal"
    return {
        "after_seconds": round(after, 2),
        "finished_before": process.returncode == 0,
        "trials_on_disk": journal.read_text().count('"op_code":4') if journal.exists() else 0,
        "evaluations_on_disk": lines(log),
    }


def lines(path: Path) -> int:
    """Whole lines of a file that need not exist."""
    return path.read_text().count("\n") if path.exists() else 0


if __name__ == "__main__":
    main()

"""Throughput of the engines of a search whose evaluations take half a second, and a node killed in mid-search.

    python scripts/benchmark_engines.py [--cases local processes-2 ...]

The evaluation sleeps: what is compared is how well workers are kept busy, not how many cores there are. Counted from
the end of the third batch, when all workers have started, to the end of the search. `front` is the beginning of the
front's SHA-256, the same for all. Replaces the rows of its cases in results/benchmarks/engines.csv.
"""

import argparse
import hashlib
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
from optuna.storages.journal import JournalFileBackend, JournalStorage

from nas.search.config import SearchConfig
from nas.search.engines import EngineConfig
from nas.search.engines.queue import JOURNAL, STUDY_NAME
from nas.search.judge import Accuracy
from nas.search.prepare import prepare
from nas.search.run import run_search
from nas.search.targets import Target
from predictors import analytic_predictors
from search_space import ArchConfig, arch_cost, named_space

TABLE = Path(__file__).parents[1] / "results" / "benchmarks" / "engines.csv"
DEVICE, SECONDS = "raspberry-pi-5", 0.5
LOSING = "ray-4-node-killed"
CASES = {
    "local": ("local", 1),
    "processes-2": ("processes", 2),
    "processes-4": ("processes", 4),
    "ray-2": ("ray", 2),
    "ray-4": ("ray", 4),
    LOSING: ("ray", 4),
}
STARTED = 2  # the batch, from 0, at whose end workers are taken to be there
CPUS = 2  # of each of the two nodes of the cluster that loses one


class SleepingJudge:
    """Half a second, then a made-up accuracy that rises with multiply-adds and with attention at stride 8."""

    cheap = False

    def __call__(self, archs: Sequence[ArchConfig]) -> list[Accuracy]:
        """Accuracies in the order of `archs`."""
        found = []
        for arch in archs:
            time.sleep(SECONDS)
            bonus = arch.levels[2].attention is not None
            value = float(99 - 20 * np.exp(-0.4 * np.log(arch_cost(arch).macs / 1e6 + 1)) + bonus)
            found.append(Accuracy(value=value, low=value - 0.2, high=value + 0.2, origin="measured"))
        return found

    def describe(self) -> str:
        """One line for people."""
        return "made up"


def main() -> None:
    """Every case that was asked for; the others keep their rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES))
    parser.add_argument("--trials", type=int, default=92)
    options = parser.parse_args()
    rows = pd.read_csv(TABLE).set_index("case").to_dict("index") if TABLE.exists() else {}
    with tempfile.TemporaryDirectory() as name:
        for case in options.cases:
            engine, workers = CASES[case]
            folder = Path(name) / case
            config = EngineConfig(name=engine, workers=None if engine == "local" else workers)
            found = (lose_a_node if case == LOSING else run)(folder, config, options.trials)
            digest = hashlib.sha256((folder / "front.csv").read_bytes()).hexdigest()[:8]
            rows[case] = {"engine": engine, "workers": workers, **found, "front": digest}
            print(case, rows[case], flush=True)
    table = pd.DataFrame([{"case": case, **rows[case]} for case in CASES if case in rows])
    rates = table.set_index("case")["evaluations_per_second"]
    table["times_one_process"] = [round(rate / rates.get("local", float("nan")), 2) for rate in rates]
    table.to_csv(TABLE, index=False)
    print(table.to_string(index=False))


def run(folder: Path, engine: EngineConfig, trials: int) -> dict[str, Any]:
    """One search; its throughput and how often networks were counted."""
    space, ends = named_space("digits"), list[tuple[int, float]]()
    began = time.perf_counter()
    config = SearchConfig(
        targets=(Target(device=DEVICE, budget_ms=0.4),),
        space=space,
        latency=analytic_predictors()[DEVICE],
        accuracy=SleepingJudge(),
        trials=trials,
        out=folder,
    )
    search = replace(prepare(config), engine=engine)
    run_search(search, on_trials=lambda done: ends.append((done, time.perf_counter())))
    (first, start), (last, end) = ends[STARTED], ends[-1]
    return {
        "evaluations": last - first,
        "seconds": round(end - start, 2),
        "evaluations_per_second": round((last - first) / (end - start), 3),
        "seconds_in_all": round(time.perf_counter() - began, 1),
        **counted(folder),
    }


def counted(folder: Path) -> dict[str, int]:
    """Of the queue's trials: complete ones, lost ones, and networks that are complete twice."""
    if not (folder / JOURNAL).exists():
        return {"complete": 0, "lost": 0, "counted_twice": 0}
    storage = JournalStorage(JournalFileBackend(str(folder / JOURNAL)))
    trials = optuna.load_study(study_name=STUDY_NAME, storage=storage).trials
    complete = Counter(each.user_attrs["arch_id"] for each in trials if each.state.name == "COMPLETE")
    return {
        "complete": sum(complete.values()),
        "lost": sum(each.state.name == "FAIL" for each in trials),
        "counted_twice": sum(count > 1 for count in complete.values()),
    }


def lose_a_node(folder: Path, engine: EngineConfig, trials: int) -> dict[str, Any]:
    """A search on a cluster of which a node is killed while its workers are at work."""
    import ray
    from ray.cluster_utils import Cluster

    memory = {"object_store_memory": 100_000_000}
    cluster = Cluster(initialize_head=True, connect=False, head_node_args={"num_cpus": CPUS, **memory})
    node = cluster.add_node(num_cpus=CPUS, **memory)
    ray.init(address=cluster.address, log_to_driver=False)

    def kill() -> None:
        journal = folder / JOURNAL
        while not journal.exists() or counted(folder)["complete"] < trials // 2:
            time.sleep(0.1)
        cluster.remove_node(node, allow_graceful=False)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        return run(folder, engine, trials)
    finally:
        killer.join()
        ray.shutdown()
        cluster.shutdown()


if __name__ == "__main__":
    main()

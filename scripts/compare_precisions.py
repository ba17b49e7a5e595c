"""Latency of published networks in every precision that ONNX Runtime has on this CPU, by the protocol of a table.

    python scripts/compare_precisions.py

One thread, batch 1, interleaved rounds; weights from a seed. Writes results/precisions-cpu.csv.
"""

import argparse
import tempfile
from pathlib import Path

import onnxruntime
import pandas as pd

from nas.measuring.backends.onnxruntime_cpu import OnnxRuntimeBackend
from nas.measuring.environment import environment
from nas.measuring.estimate import estimate
from nas.measuring.plan import Item
from nas.measuring.runner.journal import Journal
from nas.measuring.runner.loop import measure_group
from nas.measuring.runner.protocol import MeasuringProtocol
from search_space import published

TABLE = Path(__file__).parents[1] / "results" / "precisions-cpu.csv"
NETWORKS = ("mit-b0", "mit-b1", "msra-m0", "msra-m4")


def main() -> None:
    """Measure every pair of network and precision and write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--out", type=Path, default=TABLE)
    options = parser.parse_args()
    protocol, backend = MeasuringProtocol(rounds=options.rounds), OnnxRuntimeBackend()
    with tempfile.TemporaryDirectory() as name:
        models = {
            f"{network} {precision}": backend.load_item(
                Item.of_network(published(network)),
                Path(name) / precision,
                batch=1,
                precision=precision,
                protocol=protocol,
            ).model
            for network in NETWORKS
            for precision in backend.precisions
        }
        journal = Journal(Path(name) / "raw.jsonl", {"networks": NETWORKS})
        measure_group(0, models, (), journal, protocol, lambda: None)
    found, machine = estimate(journal.visits, threads=1), environment()
    rows = []
    for key in models:
        network, precision = key.split()
        rows.append(
            {
                "network": network,
                "precision": precision,
                "p50_ms": round(found[key].p50_ms, 3),
                "ci_lo_ms": round(found[key].ci_lo_ms, 3),
                "ci_hi_ms": round(found[key].ci_hi_ms, 3),
                "times_fp32": round(found[key].p50_ms / found[f"{network} fp32"].p50_ms, 3),
                "runs": found[key].n_runs,
                "onnxruntime": onnxruntime.__version__,
                "cpu": machine["cpu_model"],
                "load_1min": machine["load_1min"],
            }
        )
    table = pd.DataFrame(rows)
    table.to_csv(options.out, index=False)
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()

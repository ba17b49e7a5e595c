"""Latency of our ONNX exports against exports of timm's models of the same names, in one interleaved run.

    python scripts/benchmark_exports.py

Both have the same weights and go through the same exporter; ONNX Runtime, CPU, one thread, fp32, batch 1. Writes
results/export-benchmark.csv. Needs timm (`pip install -e '.[dev]'`) and a machine with nothing else to do.
"""

import platform
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
from make_golden_logits import MODELS, timm_network
from rich.progress import track

from nas.deploy.to_onnx import write_onnx
from nas.rivals.zoo import import_timm
from search_space import published
from supernet.converters import from_published

TABLE = Path(__file__).parents[1] / "results" / "export-benchmark.csv"
ROUNDS, SECONDS = 15, 0.15  # each round runs each of a pair for about that long


def main() -> None:
    """Measure every pair and write the table."""
    import_timm()
    rows = [measured(model) for model in track(MODELS, "measuring")]
    table = pd.DataFrame(rows)
    overall = float(np.exp(np.log(table["ratio"]).mean()))
    table["runtime"] = f"onnxruntime {onnxruntime.__version__}, CPU, 1 thread, fp32, batch 1"
    table["machine"] = f"{platform.machine()}, {platform.system()}"
    table.to_csv(TABLE, index=False)
    print(table.drop(columns=["runtime", "machine"]).to_string(index=False))
    print(f"geometric mean of the ratios {overall:.3f}; wrote {TABLE}")


def measured(model: str) -> dict[str, object]:
    """One row: medians over rounds, each round both files one after the other, the order changing."""
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = exported(model, Path(folder))
        shape = tuple(ours.get_inputs()[0].shape)
        images = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
        expected = run(theirs, images)
        difference = float(np.abs(run(ours, images) - expected).max() / np.abs(expected).max())
        repeats = max(1, round(SECONDS / timed(ours, images, 3)))
        pairs = []
        for index in range(ROUNDS):
            order = (ours, theirs) if index % 2 else (theirs, ours)
            times = [timed(session, images, repeats) for session in order]
            pairs.append(tuple(times if index % 2 else times[::-1]))
    ratios = [mine / other for mine, other in pairs]
    low, high = np.percentile(ratios, [25, 75])
    return {
        "model": model,
        "pixels": shape[-1],
        "ours_ms": round(1000 * statistics.median(mine for mine, _ in pairs), 3),
        "timm_ms": round(1000 * statistics.median(other for _, other in pairs), 3),
        "ratio": round(statistics.median(ratios), 4),
        "ratio_quartile_1": round(low, 4),
        "ratio_quartile_3": round(high, 4),
        "relative_difference": f"{difference:.1e}",
    }


def exported(model: str, folder: Path) -> tuple[onnxruntime.InferenceSession, onnxruntime.InferenceSession]:
    """Sessions of our file and of timm's."""
    arch, network = published(model), timm_network(model)
    shape = (1, arch.in_channels, *arch.resolution)
    ours = from_published(network.state_dict(), arch, "timm", model).network()
    write_onnx(ours, shape, folder / "ours.onnx")
    write_onnx(network, shape, folder / "timm.onnx")
    return session(folder / "ours.onnx"), session(folder / "timm.onnx")


def session(path: Path) -> onnxruntime.InferenceSession:
    """ONNX Runtime on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def run(network: onnxruntime.InferenceSession, images: np.ndarray) -> np.ndarray:
    """The output."""
    output: np.ndarray = network.run(None, {network.get_inputs()[0].name: images})[0]
    return output


def timed(network: onnxruntime.InferenceSession, images: np.ndarray, repeats: int) -> float:
    """Median seconds of a run."""
    run(network, images)
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        run(network, images)
        times.append(time.perf_counter() - began)
    return statistics.median(times)


if __name__ == "__main__":
    main()

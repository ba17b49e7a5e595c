"""What the supernet costs beside plain networks: time of a step of sub-networks, memory of the largest one's.

    python scripts/benchmark_step.py

Forward and backward, training mode, one thread, interleaved; memory is the peak of a process of its own above what it
holds after its imports (Linux). Writes results/supernet-step.csv.
"""

import json
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from rich.progress import track
from torch import nn

from search_space import ArchConfig, SearchSpace, named_space
from supernet import Supernet, build

TABLE = Path(__file__).parents[1] / "results" / "supernet-step.csv"
CASES = (("digits", 32, 64, 24), ("efficientvit", 96, 32, 16))  # space, pixels, batch, sub-networks
REPEATS = 5


def main() -> None:
    """All cases."""
    if len(sys.argv) > 1:  # the process whose memory is measured
        print(json.dumps(peak(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), shared=sys.argv[4] == "supernet")))
        return
    rows = [row for case in CASES for row in measured(*case)]
    table = pd.DataFrame(rows)
    table.to_csv(TABLE, index=False)
    print(table.to_string(index=False))


def at(name: str, pixels: int) -> SearchSpace:
    """The space at one input size."""
    return replace(named_space(name), resolutions=(pixels,))


def measured(name: str, pixels: int, batch: int, count: int) -> list[dict[str, object]]:
    """Time ratio over random sub-networks, and memory ratio of the largest."""
    torch.set_num_threads(1)
    space = at(name, pixels)
    supernet, rng = Supernet(space).train(), np.random.default_rng(0)
    archs = [space.sample(rng) for _ in range(count)]
    ratios = [time_ratio(supernet, arch, batch) for arch in track(archs, f"{name} at {pixels} pixels")]
    low, high = np.quantile(ratios, [0.1, 0.9])
    memory = {kind: memory_of(name, pixels, batch, kind) for kind in ("supernet", "network")}
    common = {"space": name, "pixels": pixels, "batch": batch}
    return [
        {
            **common,
            "quantity": "step time, sub-network / same network alone",
            "ratio": round(statistics.median(ratios), 3),
            "detail": f"median of {count}; 10 % {low:.3f}, 90 % {high:.3f}",
        },
        {
            **common,
            "quantity": "peak memory of a step of the largest, supernet / alone",
            "ratio": round(memory["supernet"] / memory["network"], 3),
            "detail": f"{memory['supernet']:.0f} MB / {memory['network']:.0f} MB",
        },
    ]


def time_ratio(supernet: Supernet, arch: ArchConfig, batch: int) -> float:
    """Median time in the supernet over the median time alone."""
    network = supernet.extract(arch).train()
    images = torch.randn(batch, arch.in_channels, *arch.resolution)
    shared, alone = [], []
    for repeat in range(REPEATS + 1):
        pair = step(supernet, images, arch), step(network, images)
        if repeat:  # the first one warms up
            shared.append(pair[0])
            alone.append(pair[1])
    return statistics.median(shared) / statistics.median(alone)


def step(module: nn.Module, *inputs: object) -> float:
    """Seconds of a forward and backward pass."""
    module.zero_grad(set_to_none=True)
    began = time.perf_counter()
    module(*inputs).square().mean().backward()
    return time.perf_counter() - began


def memory_of(name: str, pixels: int, batch: int, kind: str) -> float:
    """Peak in MB of a process that does three steps."""
    command = [sys.executable, __file__, name, str(pixels), str(batch), kind]
    found: float = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def peak(name: str, pixels: int, batch: int, *, shared: bool) -> float:
    """Peak memory in MB above what the process holds before it builds anything."""
    torch.set_num_threads(1)
    space = at(name, pixels)
    arch = space.largest()
    images = torch.randn(batch, arch.in_channels, *arch.resolution)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak so far, of the imports, is forgotten
    before = resident("VmRSS")
    module, inputs = (Supernet(space), (images, arch)) if shared else (build(arch, seed=0), (images,))
    for _ in range(3):
        step(module.train(), *inputs)
    return resident("VmHWM") - before


def resident(field: str) -> float:
    """A figure of this process in MB, from the system."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:")) / 1024


if __name__ == "__main__":
    main()

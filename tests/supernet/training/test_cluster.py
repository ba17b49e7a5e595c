"""Two processes draw the same sub-networks and compute the gradients of one that accumulates their micro-batches."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.torch import load_file

WORKER = """
import sys
import torch
from safetensors.torch import save_file
from search_space import named_space
from supernet import Ledger, Supernet, TrainConfig, load_dataset, task_of
from supernet.training import Cluster, Stepper
from supernet.training.loop import _Run
from supernet.training.state import State

torch.set_num_threads(1)
cluster, out, accumulate = Cluster.join(), sys.argv[1], int(sys.argv[2])
data, space = load_dataset("digits"), named_space("digits")
config = TrainConfig(recipe="attentive-worst", batch=16, accumulate=accumulate, seed=2)
supernet = Supernet(space, seed=2)
with torch.no_grad():  # residual branches contribute
    for name, value in supernet.shared.items():
        if name.endswith("norm/weight"):
            value.fill_(0.5)
stepper = Stepper(supernet=supernet, task=task_of(data), config=config, cluster=cluster, ledger=Ledger())
state = State(supernet, torch.optim.SGD(supernet.parameters()), None, {"config": {"ema": 0}})
run = _Run(state=state, stepper=stepper, data=data, steps=10, per_epoch=10, probes=0, log=None)
stepper.backward(next(run._batches()), step=0, progress=0.7)
if cluster.first:
    save_file({name: value.grad for name, value in supernet.shared.items() if value.grad is not None}, out)
"""


def test_two_processes_equal_one_that_accumulates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "worker.py"
    script.write_text(WORKER)
    alone, together = tmp_path / "alone.safetensors", tmp_path / "together.safetensors"
    run = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    subprocess.run([*run, str(script), str(together), "1"], check=True, capture_output=True)
    monkeypatch.setattr(sys, "argv", [str(script), str(alone), "2"])
    runpy.run_path(str(script), run_name="__main__")
    one, two = load_file(alone), load_file(together)
    assert one.keys() == two.keys()
    largest = max(float(value.abs().max()) for value in one.values())
    for name, value in one.items():
        assert float((two[name] - value).abs().max()) <= 1e-6 * largest, name

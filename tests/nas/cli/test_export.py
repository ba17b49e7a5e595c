"""`nas export timm:TAG` from the command line."""

import subprocess
import sys
from pathlib import Path

import onnx
import pytest
import torch
from safetensors.torch import save_file

from nas.deploy.to_onnx import run_onnx
from nas.rivals.catalogue import ZooModel
from nas.rivals.zoo import create


def nas(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from nas.cli import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("export mit-b0 --random", "--random is for models of timm"),
        ("export timm:lcnet_050.ra2_in1k --format safetensors", "models of timm go to onnx, with their own weights"),
        ("export timm:lcnet_050.ra2_in1k --random --weights x", "--random and --weights exclude each other"),
    ],
)
def test_errors_are_one_line(arguments: str, message: str, tmp_path: Path) -> None:
    found = nas(*arguments.split(), cwd=tmp_path)
    assert found.returncode == 2
    assert message in found.stderr.splitlines()[-1]
    assert found.stdout == ""


def test_export_of_a_model_of_timm_with_weights_from_a_file(zoo: tuple[ZooModel, ...], tmp_path: Path) -> None:
    model = create(zoo[0].tag, seed=3)
    save_file(model.state_dict(), tmp_path / "model.safetensors")
    found = nas("export", f"timm:{zoo[0].tag}", "--weights", "model.safetensors", "--out", "model.onnx", cwd=tmp_path)
    assert (found.returncode, found.stderr) == (0, "")
    assert "weights of model.safetensors; largest difference between ONNX Runtime and PyTorch" in " ".join(
        found.stdout.split()
    )
    images = torch.randn((1, 3, 160, 160), generator=torch.Generator().manual_seed(5))
    with torch.no_grad():
        expected = model(images).numpy()
    assert abs(run_onnx(tmp_path / "model.onnx", images.numpy()) - expected).max() <= 1e-4 * abs(expected).max()
    kinds = {node.op_type for node in onnx.load(tmp_path / "model.onnx").graph.node}
    assert "BatchNormalization" not in kinds

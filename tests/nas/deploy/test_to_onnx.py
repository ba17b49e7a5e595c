"""Exports equal PyTorch, also on black images, and a failed check leaves no file."""

from pathlib import Path

import numpy as np
import pytest
import torch

import nas.deploy.to_onnx
from nas.deploy import EXPORTERS
from nas.deploy.to_onnx import run_onnx
from search_space import SearchSpace
from supernet import Network, build, fold_batch_norms


def member(space: SearchSpace, attention: str) -> Network:
    """A calibrated member with that attention type."""
    rng = np.random.default_rng(0)
    while True:
        arch = space.sample(rng)
        found = arch.levels[-1].attention
        if (found.type if found else "none") == attention:
            network = build(arch, seed=1)
            for part in network.modules():
                if isinstance(part, torch.nn.BatchNorm2d):
                    torch.nn.init.ones_(part.weight)
            network.train()(torch.randn(16, 1, 16, 16, generator=torch.Generator().manual_seed(0)))
            return network.eval()


@pytest.mark.parametrize("attention", ["linear", "cascaded_group"])
def test_export_equals_pytorch(tiny_space: SearchSpace, tmp_path: Path, attention: str) -> None:
    network, path = member(tiny_space, attention), tmp_path / "net.onnx"
    report = EXPORTERS["onnx"](network, path)
    assert report.max_difference < 1e-4
    drawn = torch.randn(1, 1, 16, 16, generator=torch.Generator().manual_seed(7))
    for images in (drawn, torch.zeros(1, 1, 16, 16), torch.full((1, 1, 16, 16), -3.0)):
        with torch.no_grad():
            expected = network(images).numpy()
        assert np.abs(run_onnx(path, images.numpy()) - expected).max() < 1e-4 * max(1, np.abs(expected).max())


@pytest.mark.parametrize("name", EXPORTERS)
def test_every_exporter_leaves_one_file_and_reports_it(name: str, tiny_space: SearchSpace, tmp_path: Path) -> None:
    report = EXPORTERS[name](member(tiny_space, "none"), tmp_path / f"net.{name}", batch=1, seed=0)
    assert [path.name for path in tmp_path.iterdir()] == [f"net.{name}"]
    assert report.path == tmp_path / f"net.{name}"
    assert report.bytes == report.path.stat().st_size > 0
    assert 0 <= report.max_difference < 1e-4


def test_exported_graph_has_no_batch_norm(tiny_space: SearchSpace, tmp_path: Path) -> None:
    import onnx

    EXPORTERS["onnx"](member(tiny_space, "none"), tmp_path / "net.onnx", batch=2)
    graph = onnx.load(tmp_path / "net.onnx").graph
    assert "BatchNormalization" not in {node.op_type for node in graph.node}
    assert [side.dim_value for side in graph.input[0].type.tensor_type.shape.dim] == [2, 1, 16, 16]


def test_failed_check_leaves_no_file(
    tiny_space: SearchSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoiled(module: Network) -> Network:
        folded = fold_batch_norms(module)
        with torch.no_grad():
            next(folded.parameters()).add_(0.1)
        return folded

    monkeypatch.setattr("supernet.fold_batch_norms", spoiled)
    with pytest.raises(ValueError, match="export check failed: ONNX Runtime differs from PyTorch by"):
        nas.deploy.to_onnx.export_onnx(member(tiny_space, "linear"), tmp_path / "net.onnx")
    assert list(tmp_path.iterdir()) == []

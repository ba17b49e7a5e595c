"""Exports equal PyTorch, also on black images, and a failed check leaves no file."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from nas.deploy import Source
from nas.deploy.exporting import export, export_network
from nas.deploy.to_onnx import OnnxExporter, run_onnx
from supernet import Network, fold_batch_norms

Alive = Callable[[str], Network]


@pytest.mark.parametrize("attention", ["linear", "cascaded_group"])
def test_export_equals_pytorch(alive: Alive, tmp_path: Path, attention: str) -> None:
    network, path = alive(attention), tmp_path / "net.onnx"
    report = export_network(network, path)
    assert report.max_difference < 1e-4
    drawn = torch.randn(1, 1, 16, 16, generator=torch.Generator().manual_seed(7))
    for images in (drawn, torch.zeros(1, 1, 16, 16), torch.full((1, 1, 16, 16), -3.0)):
        with torch.no_grad():
            expected = network(images).numpy()
        assert np.abs(run_onnx(path, images.numpy()) - expected).max() < 1e-4 * max(1, np.abs(expected).max())


def test_exported_graph_has_no_batch_norm(alive: Alive, tmp_path: Path) -> None:
    import onnx

    source = Source.of_network(alive("none"), batch=2)
    export(source, tmp_path / "net.onnx", OnnxExporter())
    graph = onnx.load(tmp_path / "net.onnx").graph
    assert "BatchNormalization" not in {node.op_type for node in graph.node}
    assert [side.dim_value for side in graph.input[0].type.tensor_type.shape.dim] == [2, 1, 16, 16]


def test_failed_check_leaves_no_file(alive: Alive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoiled(module: Network) -> Network:
        folded = fold_batch_norms(module)
        with torch.no_grad():
            next(folded.parameters()).add_(0.1)
        return folded

    monkeypatch.setattr("supernet.fold_batch_norms", spoiled)
    with pytest.raises(ValueError, match="export check failed: ONNX Runtime differs from PyTorch by"):
        export_network(alive("linear"), tmp_path / "net.onnx")
    assert list(tmp_path.iterdir()) == []

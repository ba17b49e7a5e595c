"""Weights as safetensors: equal when read back, or no file."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from nas.deploy import ExportReport, Source
from nas.deploy.to_safetensors import SafetensorsExporter
from supernet import Network

Alive = Callable[[str], Network]


def test_the_weights_are_in_the_file_and_the_check_is_exact(alive: Alive, tmp_path: Path) -> None:
    source, exporter, path = Source.of_network(alive("none")), SafetensorsExporter(), tmp_path / "a.safetensors"
    exporter.write(source, path)
    kept, state = load_file(path), source.module.state_dict()
    assert kept.keys() == state.keys()
    assert all(torch.equal(value, state[name]) for name, value in kept.items())
    difference = exporter.check(source, path)
    assert difference == 0.0
    report = ExportReport(path=path, max_difference=difference, input_shape=source.shape, bytes=1)
    assert exporter.describe_check(report) == "read back, the weights are equal"


def test_a_weight_that_is_not_the_same_is_named(alive: Alive, tmp_path: Path) -> None:
    source, exporter, path = Source.of_network(alive("none")), SafetensorsExporter(), tmp_path / "a.safetensors"
    exporter.write(source, path)
    weights = load_file(path)
    name = next(name for name, value in weights.items() if value.dtype == torch.float32)
    weights[name].view(-1)[0] += 1
    save_file(weights, path)
    with pytest.raises(ValueError, match=f"export check failed: {name} is not the same when read back"):
        exporter.check(source, path)

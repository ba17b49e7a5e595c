"""Graphs without their weights."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, numpy_helper

from nas.measuring.models.graphs import write_model
from nas.measuring.plan import Item
from nas.measuring.runner.weights import place_model, read_model
from search_space import OperatorSpec
from search_space.blocks import DSConv


def test_bf16_graphs_are_valid_and_their_weights_ordinary(tmp_path: Path) -> None:
    item = Item.of_block(OperatorSpec(part=DSConv(), inputs=((8, 16, 16),), out_channels=8))
    write_model(item, tmp_path, batch=1, precision="bf16", signed_int8=True)
    place_model(read_model(tmp_path / f"{item.key}.onnx"), tmp_path / "placed", 0)
    onnx.checker.check_model(str(tmp_path / "placed" / f"{item.key}.onnx"), full_check=True)
    graph = onnx.load(tmp_path / "placed" / f"{item.key}.onnx").graph
    weights = [numpy_helper.to_array(tensor).astype(np.float32) for tensor in graph.initializer]
    (weight,) = (found for found in weights if found.shape == (8, 8, 1, 1))
    assert {tensor.data_type for tensor in graph.initializer if tensor.dims} == {TensorProto.BFLOAT16}
    assert np.std(weight) == pytest.approx(8**-0.5, rel=0.3)

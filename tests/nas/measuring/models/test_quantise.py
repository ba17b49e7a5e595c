"""int8 graphs: real, and each runtime's scheme."""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, numpy_helper

from nas.measuring.backends import BACKENDS
from nas.measuring.models.graphs import write_model
from nas.measuring.plan import Item
from nas.measuring.runner.weights import place_model, read_model
from search_space import OperatorSpec
from search_space.blocks import DSConv


def test_int8_is_real_on_this_machine(tmp_path: Path) -> None:
    """The optimised graph computes in integers, and its output is that of fp32 but for the rounding."""
    item = Item.of_block(OperatorSpec(part=DSConv(), inputs=((8, 16, 16),), out_channels=8))
    outputs = {}
    for precision in ("fp32", "int8"):
        folder = tmp_path / precision
        write_model(item, folder, batch=2, precision=precision, signed_int8=False)
        place_model(read_model(folder / f"{item.key}.onnx"), folder / "placed", 0)
        options = onnxruntime.SessionOptions()
        options.optimized_model_filepath = str(folder / "optimised.onnx")
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(folder / "placed" / f"{item.key}.onnx", options)
        images = np.random.default_rng(0).standard_normal((2, 8, 16, 16)).astype(np.float32)
        outputs[precision] = session.run(None, {"images": images})[0]
        kinds = {node.op_type for node in onnx.load(folder / "optimised.onnx").graph.node}
        assert bool({"QLinearConv", "ConvInteger"} & kinds) == (precision == "int8")
    difference = np.abs(outputs["int8"] - outputs["fp32"])
    assert 0 < difference.mean() < 0.05 * np.abs(outputs["fp32"]).max()


@pytest.mark.parametrize("runtime", ["onnxruntime", "tensorrt"])
def test_the_scheme_of_int8_is_that_of_the_runtime(runtime: str, tmp_path: Path) -> None:
    item = Item.of_block(OperatorSpec(part=DSConv(), inputs=((8, 16, 16),), out_channels=8))
    write_model(item, tmp_path, batch=1, precision="int8", signed_int8=BACKENDS[runtime].signed_int8)
    graph = onnx.load(tmp_path / f"{item.key}.onnx", load_external_data=False).graph
    zero_points = {node.input[2] for node in graph.node if node.op_type == "DequantizeLinear"}
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    found = {tensors[name].data_type for name in zero_points}
    if runtime == "tensorrt":
        assert found == {TensorProto.INT8}
        assert not any(numpy_helper.to_array(tensors[name]).any() for name in zero_points)
    else:
        assert found >= {TensorProto.UINT8, TensorProto.INT8}
    records = json.loads((tmp_path / f"{item.key}.json").read_text())["tensors"]
    assert {record["fill"] for record in records} >= {"normal"}  # the weights travel as a seed all the same

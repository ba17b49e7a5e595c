"""Files that ONNX Runtime cannot measure are named."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from nas.measuring.backends import BACKENDS


def save_convolutions(path: Path, *, depth: int = 1, kind: int = TensorProto.FLOAT, batch: int | str = 1) -> Path:
    """A chain of 3x3 convolutions on 16 channels, 32 px, whose output is checked against nothing but itself."""
    rng = np.random.default_rng(0)
    dtype = helper.tensor_dtype_to_np_dtype(kind)
    nodes, weights = [], []
    for index in range(depth):
        weight = rng.normal(0, 0.1, (16, 16, 3, 3)).astype(dtype)
        weights.append(numpy_helper.from_array(weight, f"w{index}"))
        nodes.append(helper.make_node("Conv", [f"x{index}", f"w{index}"], [f"x{index + 1}"], pads=[1, 1, 1, 1]))
    value = [helper.make_tensor_value_info(f"x{i}", kind, [batch, 16, 32, 32]) for i in (0, depth)]
    graph = helper.make_graph(nodes, "chain", value[:1], value[1:], weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"not a model")
    with pytest.raises(ValueError, match=r"bad\.onnx: ONNX Runtime cannot load it") as caught:
        BACKENDS["onnxruntime"]().load(tmp_path / "bad.onnx", threads=1)
    assert "\n" not in str(caught.value)


def test_free_dimensions_are_refused(tmp_path: Path) -> None:
    path = save_convolutions(tmp_path / "free.onnx", batch="N")
    with pytest.raises(ValueError, match=r"input 'x0' has free dimensions \['N', 16, 32, 32\]; export it"):
        BACKENDS["onnxruntime"]().load(path, threads=1)


def test_an_unsupported_input_type_is_named(tmp_path: Path) -> None:
    value = [helper.make_tensor_value_info(name, TensorProto.INT64, [2]) for name in "ab"]
    graph = helper.make_graph([helper.make_node("Identity", ["a"], ["b"])], "g", value[:1], value[1:])
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), tmp_path / "i.onnx"
    )
    with pytest.raises(ValueError, match=r"input 'a' is tensor\(int64\); known: "):
        BACKENDS["onnxruntime"]().load(tmp_path / "i.onnx", threads=1)

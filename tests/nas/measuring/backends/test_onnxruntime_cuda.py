"""ONNX Runtime on a GPU, as far as a machine without one shows."""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from nas.measuring.backends import BACKENDS
from nas.measuring.backends.onnxruntime_cuda import bound_call
from nas.measuring.runner.errors import ModelError
from nas.measuring.runner.timing import Timed


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


CPU = [("CPUExecutionProvider", dict[str, str]())]


def test_a_call_on_bound_memory_runs_on_the_provider_asked_for_and_no_other(tmp_path: Path) -> None:
    path = save_convolutions(tmp_path / "a.onnx")
    assert Timed(bound_call(path, CPU, memory="cpu", threads=1, seed=0)).visit(3)[0]
    missing = [("CUDAExecutionProvider", dict[str, str]()), *CPU]
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        with pytest.raises(ModelError, match=r"a\.onnx: "):
            bound_call(path, missing, memory="cpu", threads=1, seed=0)


def test_the_providers_for_gpus_say_why_they_are_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, provider in (("onnxruntime-cuda", "CUDA"), ("onnxruntime-tensorrt", "Tensorrt")):
        backend = BACKENDS[name]
        monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
        assert f"has no {provider}ExecutionProvider, it has CPUExecutionProvider" in backend.is_available()[1]
        everything = ["TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"]
        monkeypatch.setattr(onnxruntime, "get_available_providers", lambda found=everything: found)
        available, reason = backend.is_available()
        assert available or "no driver of an NVIDIA GPU" in reason
        assert "home" not in json.dumps(backend.options())

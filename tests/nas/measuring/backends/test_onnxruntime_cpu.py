"""ONNX Runtime on the CPU."""

import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from nas.measuring.backends import BACKENDS
from nas.measuring.estimate import estimate
from nas.measuring.runner.journal import Journal
from nas.measuring.runner.loop import measure_group
from nas.measuring.runner.protocol import MeasuringProtocol
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


@pytest.mark.parametrize("kind", [TensorProto.FLOAT, TensorProto.FLOAT16])
def test_a_model_runs_and_the_same_seed_gives_the_same_output(kind: int, tmp_path: Path) -> None:
    path = save_convolutions(tmp_path / "a.onnx", kind=kind)

    def output(seed: int) -> np.ndarray:
        found = BACKENDS["onnxruntime"]().load(path, threads=1, seed=seed)()
        assert isinstance(found, list)
        return np.asarray(found[0])

    assert output(0).shape == (1, 16, 32, 32)
    np.testing.assert_array_equal(output(0), output(0))
    assert not np.array_equal(output(0), output(1))


def test_a_broken_installation_is_a_reason_not_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    available, reason = BACKENDS["onnxruntime"].is_available()
    assert not available
    assert "onnxruntime cannot be imported" in reason


def test_a_deeper_chain_measures_slower(tmp_path: Path) -> None:
    backend = BACKENDS["onnxruntime"]()
    depths = {"one": 1, "three": 3, "thirty": 30}
    paths = {name: save_convolutions(tmp_path / f"{name}.onnx", depth=depth) for name, depth in depths.items()}
    runs = {name: Timed(backend.load(path, threads=1)) for name, path in paths.items()}
    journal = Journal(tmp_path / "raw.jsonl", {"plan": "chain"})
    protocol = MeasuringProtocol(rounds=4, extra_rounds=0, warm_up_ms=10.0, max_warm_up_ms=200.0)
    measure_group(0, runs, ("one",), journal, protocol, lambda: None)
    found = estimate(journal.visits)
    assert found["thirty"].p50_ms > 3 * found["one"].p50_ms

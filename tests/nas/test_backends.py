import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from nas.bundle.runner import Journal, MeasuringProtocol, Timed, measure_group
from nas.measurement import BACKENDS
from nas.measurement.statistics import estimate
from nas.plan import Item
from search_space import OperatorSpec


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


@pytest.mark.parametrize("name", sorted(BACKENDS))
def test_every_backend_conforms(name: str) -> None:
    backend = BACKENDS[name]()
    available, reason = backend.is_available()
    assert backend.name == name
    assert available == (reason == "")
    if available:
        assert backend.version()
        assert all(isinstance(option, str) for option in backend.options())


@pytest.mark.parametrize("name", sorted(BACKENDS))
def test_every_backend_times_a_block(name: str, tmp_path: Path) -> None:
    backend = BACKENDS[name]()
    if not backend.is_available()[0]:
        pytest.skip(backend.is_available()[1])
    operator = OperatorSpec(kind="dsconv", inputs=((8, 16, 16),), out_channels=8)
    protocol = MeasuringProtocol(warm_up_ms=1, max_warm_up_ms=50)
    item = Item.of_block(operator)
    loaded = backend.load_item(item, tmp_path, batch=2, precision="fp32", protocol=protocol)
    assert 0.0005 < loaded.model.warm_up(protocol) < 1000
    wall_ns, cpu_ns, switches = loaded.model.visit(4)
    assert len(wall_ns) == len(cpu_ns) == len(switches) == 4
    assert min(wall_ns) > 500
    assert (len(loaded.onnx_sha256) == 64) == bool(backend.exporter)


def test_torch_refuses_what_it_does_not_measure(tmp_path: Path) -> None:
    operator = OperatorSpec(kind="dsconv", inputs=((8, 16, 16),), out_channels=8)
    with pytest.raises(ValueError, match="measured in fp32, not fp16"):
        BACKENDS["torch"]().load_item(
            Item.of_block(operator), tmp_path, batch=1, precision="fp16", protocol=MeasuringProtocol()
        )


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
    found = estimate(journal.visits, anchors=("one",))
    assert found["thirty"].p50_ms > 3 * found["one"].p50_ms


def test_importing_the_package_loads_no_heavy_library() -> None:
    code = "import sys, nas.measurement; assert not {'onnxruntime', 'torch', 'pandas', 'onnx'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)

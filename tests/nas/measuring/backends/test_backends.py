import contextlib
import json
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from nas.measuring.backends import BACKENDS
from nas.measuring.backends.onnxruntime_cuda import bound_call
from nas.measuring.backends.torch_cuda import CudaTorchBackend
from nas.measuring.estimate import estimate
from nas.measuring.models.graphs import write_model
from nas.measuring.plan import Item
from nas.measuring.runner.errors import ModelError
from nas.measuring.runner.journal import Journal
from nas.measuring.runner.loop import measure_group
from nas.measuring.runner.protocol import MeasuringProtocol
from nas.measuring.runner.timing import Timed
from nas.measuring.runner.weights import place_model, read_model
from search_space import OperatorSpec
from search_space.blocks import DSConv


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


@pytest.mark.parametrize(
    ("name", "precision"), [(name, x) for name in sorted(BACKENDS) for x in BACKENDS[name].precisions]
)
def test_every_backend_times_a_block_in_all_its_precisions(name: str, precision: str, tmp_path: Path) -> None:
    backend = BACKENDS[name]()
    if not backend.is_available()[0]:
        pytest.skip(backend.is_available()[1])
    operator = OperatorSpec(part=DSConv(), inputs=((8, 16, 16),), out_channels=8)
    protocol = MeasuringProtocol(warm_up_ms=1, max_warm_up_ms=50)
    item = Item.of_block(operator)
    loaded = backend.load_item(item, tmp_path, batch=2, precision=precision, protocol=protocol)
    assert 0.0005 < loaded.model.warm_up(protocol) < 1000
    wall_ns, cpu_ns, switches = loaded.model.visit(4)
    assert len(wall_ns) == len(cpu_ns) == len(switches) == 4
    assert min(wall_ns) > 500
    assert (len(loaded.onnx_sha256) == 64) == backend.exports


def test_torch_refuses_what_it_does_not_measure(tmp_path: Path) -> None:
    operator = OperatorSpec(part=DSConv(), inputs=((8, 16, 16),), out_channels=8)
    with pytest.raises(ValueError, match="torch measures fp32, fp16, bf16, not int8"):
        BACKENDS["torch"]().load_item(
            Item.of_block(operator), tmp_path, batch=1, precision="int8", protocol=MeasuringProtocol()
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


def test_torch_on_a_gpu_is_a_graph_timed_by_events(tmp_path: Path) -> None:
    """The GPU is a stand-in; the module that is captured really runs."""
    item = Item.of_block(OperatorSpec(part=DSConv(), inputs=((8, 16, 16),), out_channels=8))
    gpu = StandInGpu()
    backend = CudaTorchBackend(cuda=gpu, memory="cpu")
    loaded = backend.load_item(item, tmp_path, batch=2, precision="bf16", protocol=MeasuringProtocol())
    assert loaded.model.visit(3) == ([250_000] * 3, [250_000] * 3, [0] * 3)
    assert gpu.replays == 4


class StandInGpu:
    """What `TimedGraph` uses of `torch.cuda`; a replay takes 0.25 ms."""

    def __init__(self) -> None:
        self.replays = 0
        gpu = self

        class Event:
            def __init__(self, enable_timing: bool) -> None:
                self.at_ms = 0.0

            def record(self, stream: object) -> None:
                self.at_ms = 0.25 * gpu.replays

            def elapsed_time(self, end_event: "Event") -> float:
                return end_event.at_ms - self.at_ms

        class CUDAGraph:
            def replay(self) -> None:
                gpu.replays += 1

        self.Event, self.CUDAGraph = Event, CUDAGraph
        self.Stream = lambda: types.SimpleNamespace(cuda_stream=7)
        self.stream = lambda stream: contextlib.nullcontext()
        self.graph = lambda graph, stream: contextlib.nullcontext()

    def synchronize(self) -> None:
        pass

    def get_device_name(self) -> str:
        return "NVIDIA Test GPU"

    def get_device_capability(self) -> tuple[int, int]:
        return 9, 0


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


def test_importing_the_package_loads_no_heavy_library() -> None:
    code = (
        "import sys, nas.measuring.backends; assert not {'onnxruntime', 'torch', 'pandas', 'onnx'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

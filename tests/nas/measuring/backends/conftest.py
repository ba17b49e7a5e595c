"""Stand-ins for `tensorrt` and `torch.cuda`; a test holds their names and signatures to the real ones."""

import contextlib
import hashlib
import importlib.machinery
import json
import types
from collections.abc import Callable, Iterator
from typing import Any

import onnx
import pytest


class FakeGpu:
    """Stands in for `torch.cuda`: a clock that only work moves, a graph that replays what was captured."""

    def __init__(self, latency_ms: float = 0.5) -> None:
        self.now_ms, self.latency_ms, self.runs, self.capturing = 0.0, latency_ms, 0, False
        gpu = self

        class Stream:
            cuda_stream = 7

        class Event:
            def __init__(self, enable_timing: bool) -> None:
                assert enable_timing

            def record(self, stream: Stream) -> None:
                self.at_ms = gpu.now_ms

            def elapsed_time(self, end_event: "Event") -> float:
                return float(end_event.at_ms - self.at_ms)

        class CUDAGraph:
            work = 0

            def replay(self) -> None:
                for _ in range(self.work):
                    gpu.work()

        self.Stream, self.Event, self.CUDAGraph = Stream, Event, CUDAGraph

    def work(self) -> None:
        self.runs += 1
        self.now_ms += self.latency_ms

    @contextlib.contextmanager
    def stream(self, stream: object) -> Iterator[None]:
        yield

    @contextlib.contextmanager
    def graph(self, cuda_graph: Any, stream: object) -> Iterator[None]:
        now_ms, runs = self.now_ms, self.runs
        yield
        cuda_graph.work, self.now_ms, self.runs = self.runs - runs, now_ms, runs

    def synchronize(self) -> None:
        pass

    def get_device_name(self) -> str:
        return "NVIDIA Test GPU"

    def get_device_capability(self) -> tuple[int, int]:
        return 9, 0


def make_tensorrt(gpu: FakeGpu, version: str = "10.3.0", *, fails: str = "") -> Any:
    """A module in the place of `tensorrt`: an engine is the JSON of its inputs and outputs."""

    class Enum(int):
        name: str

    def enum(title: str, *names: str) -> type:
        found = type(title, (), {})
        for value, name in enumerate(names):
            setattr(found, name, Enum(value))
            getattr(found, name).name = name
        return found

    class ILogger:
        Severity = enum("Severity", "INTERNAL_ERROR", "ERROR", "WARNING")

        def __init__(self) -> None:
            pass

        def log(self, severity: Any, msg: str) -> None:
            raise NotImplementedError

    class IProfiler:
        def __init__(self) -> None:
            pass

        def report_layer_time(self, layer_name: str, ms: float) -> None:
            raise NotImplementedError

    class IHostMemory(bytes):
        pass

    class ITimingCache:
        def serialize(self) -> IHostMemory:
            return IHostMemory(self.content)  # type: ignore[attr-defined]

    class IBuilderConfig:
        def create_timing_cache(self, serialized_timing_cache: bytes) -> ITimingCache:
            assert isinstance(serialized_timing_cache, bytes)
            cache = ITimingCache()
            cache.content = serialized_timing_cache  # type: ignore[attr-defined]
            return cache

        def set_timing_cache(self, cache: ITimingCache, ignore_mismatch: bool) -> bool:
            self.cache = cache
            return bool(not cache.content.startswith(b"other driver"))  # type: ignore[attr-defined]

        def get_timing_cache(self) -> ITimingCache:
            return self.cache

        def set_memory_pool_limit(self, pool: Any, pool_size: int) -> None:
            self.pool = pool.name, pool_size

        def clear_flag(self, flag: Any) -> None:
            self.cleared = flag.name

    class INetworkDefinition:
        pass

    class ParserError:
        def desc(self) -> str:
            return "node 3: Resize is not supported"

    class OnnxParser:
        def __init__(self, network: INetworkDefinition, logger: ILogger) -> None:
            self.network = network

        @property
        def num_errors(self) -> int:
            return int(fails == "parse")

        def get_error(self, index: int) -> ParserError:
            return ParserError()

        def parse_from_file(self, model: str) -> bool:
            graph = onnx.load(model).graph  # reads the weights beside it
            kinds = {onnx.TensorProto.FLOAT: "FLOAT", onnx.TensorProto.FLOAT16: "HALF"}
            self.network.tensors = [  # type: ignore[attr-defined]
                (
                    value.name,
                    [side.dim_value for side in value.type.tensor_type.shape.dim],
                    kinds[value.type.tensor_type.elem_type],
                    mode,
                )
                for mode, values in (("INPUT", graph.input), ("OUTPUT", graph.output))
                for value in values
            ]
            return fails != "parse"

    class Builder:
        def __init__(self, logger: ILogger) -> None:
            self.logger = logger

        def create_network(self, flags: int = 0) -> INetworkDefinition:
            assert flags == 1 << module.NetworkDefinitionCreationFlag.STRONGLY_TYPED
            return INetworkDefinition()

        def create_builder_config(self) -> IBuilderConfig:
            return IBuilderConfig()

        def build_serialized_network(self, network: Any, config: Any) -> IHostMemory | None:
            assert config.cleared == "TF32"
            if fails == "build":
                self.logger.log(ILogger.Severity.WARNING, "slow")
                self.logger.log(ILogger.Severity.ERROR, "Error Code 9: no implementation\nfor node 4")
                return None
            content = json.dumps(network.tensors).encode()
            config.cache.content += hashlib.sha256(content).digest()[:4]
            return IHostMemory(content)

    class IExecutionContext:
        profiler: Any = None

        def set_tensor_address(self, name: str, memory: int) -> bool:
            self.addresses = {**getattr(self, "addresses", {}), name: memory}
            return memory != 0

        def execute_async_v3(self, stream_handle: int) -> bool:
            assert stream_handle == 7
            assert len(self.addresses) == 2
            gpu.work()
            if self.profiler is not None:
                self.profiler.report_layer_time("conv", 0.3)
                self.profiler.report_layer_time("softmax", 0.1)
            return fails != "run"

    class ICudaEngine:
        @property
        def num_io_tensors(self) -> int:
            return len(self.tensors)  # type: ignore[attr-defined]

        def get_tensor_name(self, index: int) -> str:
            return str(list(self.tensors)[index])  # type: ignore[attr-defined]

        def get_tensor_shape(self, name: str) -> list[int]:
            return list(self.tensors[name][0])  # type: ignore[attr-defined]

        def get_tensor_dtype(self, name: str) -> Any:
            return getattr(module.DataType, self.tensors[name][1])  # type: ignore[attr-defined]

        def get_tensor_mode(self, name: str) -> Any:
            return getattr(module.TensorIOMode, self.tensors[name][2])  # type: ignore[attr-defined]

        def create_execution_context(self) -> IExecutionContext:
            return IExecutionContext()

    class Runtime:
        def __init__(self, logger: ILogger) -> None:
            pass

        def deserialize_cuda_engine(self, serialized_engine: bytes) -> ICudaEngine:
            engine = ICudaEngine()
            engine.tensors = {name: rest for name, *rest in json.loads(serialized_engine)}  # type: ignore[attr-defined]
            return engine

    IBuilderConfig.builder_optimization_level = IBuilderConfig.avg_timing_iterations = 0  # type: ignore[attr-defined]
    module: Any = types.ModuleType("tensorrt")
    module.__version__, module.__spec__ = version, importlib.machinery.ModuleSpec("tensorrt", None)
    classes = (Builder, IBuilderConfig, ICudaEngine, IExecutionContext, IHostMemory, ILogger, INetworkDefinition)
    for found in (*classes, IProfiler, ITimingCache, OnnxParser, ParserError, Runtime):
        setattr(module, found.__name__, found)
    module.BuilderFlag = enum("BuilderFlag", "TF32")
    module.NetworkDefinitionCreationFlag = enum("NetworkDefinitionCreationFlag", "EXPLICIT_BATCH", "STRONGLY_TYPED")
    module.MemoryPoolType = enum("MemoryPoolType", "WORKSPACE")
    module.TensorIOMode = enum("TensorIOMode", "NONE", "INPUT", "OUTPUT")
    module.DataType = enum("DataType", "FLOAT", "HALF")
    if version.startswith("11"):  # flags count from another place there
        module.NetworkDefinitionCreationFlag = enum("NetworkDefinitionCreationFlag", "STRONGLY_TYPED")
    return module


@pytest.fixture
def gpu() -> FakeGpu:
    """A GPU on which a run takes 0.5 ms."""
    return FakeGpu()


@pytest.fixture
def fake_tensorrt(gpu: FakeGpu) -> Callable[..., Any]:
    """`fake_tensorrt(version="10.3.0", fails="")` on that GPU."""
    return lambda version="10.3.0", *, fails="": make_tensorrt(gpu, version, fails=fails)

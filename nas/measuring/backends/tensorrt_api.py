"""Every call into TensorRT's Python API, of versions 10 and 11 alike, and nothing else.

`trt` is the module `tensorrt`: handed in, so that nothing here loads it. Only names that both versions have are used.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from nas.measuring.backends.tensorrt_plan import EnginePlan
from nas.measuring.runner.errors import ModelError

DTYPES = {
    "FLOAT": "float32",
    "HALF": "float16",
    "BF16": "bfloat16",
    "INT8": "int8",
    "INT32": "int32",
    "INT64": "int64",
    "BOOL": "bool",
}


class Built(NamedTuple):
    """A serialised engine and the timing cache after its build."""

    engine: bytes
    timing_cache: bytes


class Tensor(NamedTuple):
    """An input or output of an engine; `dtype` by torch's name."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    is_input: bool


def make_logger(trt: Any) -> Any:
    """A logger that keeps the errors, in order, in `errors` and prints nothing."""

    class Logger(trt.ILogger):  # type: ignore[misc]
        def __init__(self) -> None:
            trt.ILogger.__init__(self)  # the bindings demand this form
            self.errors = list[str]()

        def log(self, severity: Any, msg: str) -> None:
            if severity in (trt.ILogger.Severity.ERROR, trt.ILogger.Severity.INTERNAL_ERROR):
                self.errors.append(msg)

    return Logger()


def build_engine(trt: Any, logger: Any, model: Path, plan: EnginePlan, timing_cache: bytes) -> Built:
    """Build the ONNX file at `model`, its weights beside it, as a strongly typed engine.

    Raises:
        ModelError: TensorRT cannot parse or build it; gives its first error.
    """
    builder = trt.Builder(logger)
    network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
    parser = trt.OnnxParser(network, logger)
    if not parser.parse_from_file(str(model)):
        reason = parser.get_error(0).desc() if parser.num_errors else _reason(logger)
        raise ModelError(f"TensorRT cannot parse it: {reason}")
    config = _config(trt, builder, plan, timing_cache)
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise ModelError(f"TensorRT cannot build it: {_reason(logger)}")
    return Built(bytes(engine), bytes(config.get_timing_cache().serialize()))


def _config(trt: Any, builder: Any, plan: EnginePlan, timing_cache: bytes) -> Any:
    config = builder.create_builder_config()
    config.builder_optimization_level = plan.optimization_level
    config.avg_timing_iterations = plan.timing_iterations
    config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, plan.workspace_bytes)
    if not plan.tf32:
        config.clear_flag(trt.BuilderFlag.TF32)
    if not config.set_timing_cache(config.create_timing_cache(timing_cache), False):
        config.set_timing_cache(config.create_timing_cache(b""), False)  # of another driver: start anew
    return config


class Engine:
    """A loaded engine with its execution context.

    Raises:
        ModelError: it cannot be loaded, or does not fit into the memory.
    """

    def __init__(self, trt: Any, logger: Any, engine: bytes) -> None:
        """Deserialise it."""
        self._trt, self._logger = trt, logger
        self._runtime = trt.Runtime(logger)
        self._engine = self._runtime.deserialize_cuda_engine(engine)
        self._context = self._engine and self._engine.create_execution_context()
        if self._context is None:
            raise ModelError(f"TensorRT cannot load the engine: {_reason(logger)}")

    def tensors(self) -> list[Tensor]:
        """Inputs and outputs; all shapes are fixed.

        Raises:
            ModelError: a shape is free or a type unknown.
        """
        engine = self._engine
        names = [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]
        return [self._tensor(name) for name in names]

    def _tensor(self, name: str) -> Tensor:
        engine, trt = self._engine, self._trt
        shape, dtype = tuple(engine.get_tensor_shape(name)), engine.get_tensor_dtype(name).name
        if min(shape, default=1) < 1 or dtype not in DTYPES:
            raise ModelError(f"tensor {name!r} has shape {shape} and type {dtype}; known: {', '.join(DTYPES)}")
        return Tensor(name, shape, DTYPES[dtype], engine.get_tensor_mode(name) == trt.TensorIOMode.INPUT)

    def bind(self, name: str, address: int) -> None:
        """Where a tensor lies in the GPU's memory."""
        if not self._context.set_tensor_address(name, address):
            raise ModelError(f"TensorRT refuses the address of {name!r}: {_reason(self._logger)}")

    def enqueue(self, stream: int) -> None:
        """Queue one run on a stream."""
        if not self._context.execute_async_v3(stream):
            raise ModelError(f"TensorRT cannot run it: {_reason(self._logger)}")

    def profiled(self, runs: int, stream: int, synchronize: Callable[[], None]) -> list[tuple[str, float]]:
        """Layer and ms, as reported in that many runs, on a context that is profiled from now on."""
        trt: Any = self._trt
        found = list[tuple[str, float]]()

        class Profiler(trt.IProfiler):  # type: ignore[misc]
            def __init__(self) -> None:
                trt.IProfiler.__init__(self)

            def report_layer_time(self, layer_name: str, ms: float) -> None:
                found.append((layer_name, ms))

        self._profiler = Profiler()  # kept: the context holds no reference to it
        self._context.profiler = self._profiler
        for _ in range(runs):
            self.enqueue(stream)
            synchronize()  # a profiled run is reported when it is through
        return found


def _reason(logger: Any) -> str:
    return str(logger.errors[0]).splitlines()[0] if logger.errors else "it gives no reason"

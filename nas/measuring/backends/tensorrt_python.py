"""TensorRT through its Python API: strongly typed engines, one timing cache, CUDA graphs timed by events.

What trtexec times is another thing (transfers included, no graph), so the two never share a table.
"""

import importlib
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nas.disk.files import write_bytes, write_json
from nas.disk.folders import data_folder
from nas.measuring.backends.backend import Backend, Loaded
from nas.measuring.backends.cuda_timing import Cuda, TimedGraph
from nas.measuring.backends.tensorrt_api import Built, Engine, build_engine, make_logger
from nas.measuring.backends.tensorrt_plan import (
    EnginePlan,
    LayerTime,
    cache_name,
    engine_record,
    layer_times,
    unsupported,
)
from nas.measuring.runner.errors import ModelError
from nas.measuring.runner.protocol import MeasuringProtocol
from nas.measuring.runner.weights import place_model, read_model

if TYPE_CHECKING:
    from nas.measuring.plan import Item

PROFILED_RUNS = 10


class TensorRTPythonBackend(Backend):
    """Builds an engine per model in this process and times it on the GPU."""

    name = "tensorrt-python"
    words = "TensorRT's Python API, CUDA graphs on the GPU's clock"
    precisions = ("fp32", "fp16", "bf16", "int8")
    packages = ("tensorrt",)
    build_s = 25.0
    exports = True
    signed_int8 = True

    def __init__(self, *, cuda: Cuda | None = None, memory: str = "cuda") -> None:
        """`cuda` is `torch.cuda` unless something stands in for it; `memory` is where tensors lie."""
        self._given, self._memory = cuda, memory

    @staticmethod
    def is_available() -> tuple[bool, str]:
        """Whether it can run here, and why not."""
        try:
            trt = importlib.import_module("tensorrt")
        except (ImportError, OSError) as error:  # a wheel without its libraries raises the first as well
            return False, f"tensorrt cannot be imported: {error}"
        if reason := unsupported(str(trt.__version__)):
            return False, reason
        import torch

        if not torch.cuda.is_available():
            return False, f"torch {torch.__version__} sees no NVIDIA GPU"
        return True, ""

    @staticmethod
    def version() -> str:
        """Version of TensorRT."""
        return str(importlib.import_module("tensorrt").__version__)

    @staticmethod
    def options() -> dict[str, Any]:
        """What shapes the timing, stored with every table."""
        plan = EnginePlan(batch=1)
        return {
            "tool": "python",
            "typing": "strong",
            "transfers": False,
            "cuda_graph": True,
            "clock": "cuda events",
            "tf32": plan.tf32,
            "optimization_level": plan.optimization_level,
            "timing_iterations": plan.timing_iterations,
            "workspace_bytes": plan.workspace_bytes,
        }

    def load_item(
        self, item: "Item", folder: Path, *, batch: int, precision: str, protocol: MeasuringProtocol
    ) -> Loaded:
        """The engine of the item, one from before is used again; its record goes to `engines` beside `folder`.

        Raises:
            ModelError: it cannot be exported, built or run; gives TensorRT's first error.
        """
        from nas.measuring.models.exported import exported

        path, digest = exported(item, folder, batch=batch, precision=precision, signed_int8=self.signed_int8)
        trt, saved = importlib.import_module("tensorrt"), folder / f"{item.key}.engine"
        logger = make_logger(trt)
        if not saved.exists():
            content, record = self._built(trt, logger, path, EnginePlan(batch=batch), protocol.seed)
            write_json(folder.parent / "engines" / f"{item.key}.json", record, indent=1)
            write_bytes(saved, content)
        engine = Engine(trt, logger, saved.read_bytes())
        buffers = _bind(engine, self._memory, protocol.seed)
        return Loaded(TimedGraph(self._cuda, engine.enqueue, keep=(engine, buffers)), digest)

    def _built(self, trt: Any, logger: Any, path: Path, plan: EnginePlan, seed: int) -> tuple[bytes, dict[str, Any]]:
        """A new engine and what is kept of it."""
        started = time.monotonic()
        built = self._build(trt, logger, path, plan, seed)
        build_s = time.monotonic() - started
        layers = self._profile(Engine(trt, logger, built.engine), seed)  # a profiled context runs slower
        return built.engine, engine_record(
            engine=built.engine,
            timing_cache=built.timing_cache,
            build_s=build_s,
            plan=plan,
            version=self.version(),
            layers=layers,
            runs=PROFILED_RUNS,
        )

    @property
    def _cuda(self) -> Cuda:
        import torch

        return self._given or torch.cuda

    def _build(self, trt: Any, logger: Any, path: Path, plan: EnginePlan, seed: int) -> Built:
        work, cache = path.parent / "work", self._timing_cache()
        try:
            placed = place_model(read_model(path), work, seed)
            before = cache.read_bytes() if cache.exists() else b""
            built = build_engine(trt, logger, placed, plan, before)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        if built.timing_cache != before:
            write_bytes(cache, built.timing_cache)
        return built

    def _timing_cache(self) -> Path:
        """The cache that all engines of this GPU share, whatever table they are for."""
        gpu, capability = self._cuda.get_device_name(), self._cuda.get_device_capability()
        return data_folder() / "tensorrt" / cache_name(gpu=gpu, capability=capability, version=self.version())

    def _profile(self, engine: Engine, seed: int) -> tuple[LayerTime, ...]:
        buffers, stream = _bind(engine, self._memory, seed), self._cuda.Stream()
        try:
            reported = engine.profiled(PROFILED_RUNS, stream.cuda_stream, self._cuda.synchronize)
        finally:
            buffers.clear()  # held until the last run is through
        try:
            return layer_times(reported, runs=PROFILED_RUNS)
        except ValueError as error:
            raise ModelError(f"the profile of its layers: {error}") from error


def _bind(engine: Engine, memory: str, seed: int) -> list[Any]:
    """Memory for every tensor of an engine: standard-normal inputs, outputs as they come."""
    import torch

    generator, buffers = torch.Generator().manual_seed(seed), list[Any]()
    for tensor in engine.tensors():
        dtype = getattr(torch, tensor.dtype)
        if tensor.is_input and dtype.is_floating_point:
            buffer = torch.randn(tensor.shape, generator=generator).to(dtype)
        else:
            buffer = torch.zeros(tensor.shape, dtype=dtype)
        buffers.append(buffer.to(memory))
        engine.bind(tensor.name, buffers[-1].data_ptr())
    return buffers

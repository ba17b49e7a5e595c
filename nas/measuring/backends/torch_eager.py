"""PyTorch, eager and compiled on the CPU and as CUDA graphs: what a network costs before anything is exported."""

import shutil
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nas.measuring.backends.backend import Loaded
from nas.measuring.backends.cuda_timing import Cuda, TimedGraph
from nas.measuring.runner import MeasuringProtocol, ModelError, Timed

if TYPE_CHECKING:
    import torch
    from torch import nn

    from nas.measuring.plan import Item


class TorchBackend:
    """Runs modules in eager mode, batch norms folded."""

    name = "torch"
    exporter = ""

    @staticmethod
    def is_available() -> tuple[bool, str]:
        """Whether it can run here, and why not."""
        try:
            import torch  # noqa: F401
        except (ImportError, OSError) as error:
            return False, f"torch cannot be imported: {error}"
        return True, ""

    @staticmethod
    def version() -> str:
        """Version of torch."""
        import torch

        return str(torch.__version__)

    @staticmethod
    def options() -> dict[str, Any]:
        """What shapes the timing, stored with every table."""
        return {"mode": "eager", "memory_format": "contiguous", "device": "cpu"}

    def load_item(
        self, item: "Item", folder: Path, *, batch: int, precision: str, protocol: MeasuringProtocol
    ) -> Loaded:
        """The item as a module on preallocated standard-normal input; nothing is written.

        Raises:
            ModelError: it cannot be built, or torch does not have the precision.
        """
        del folder
        import torch

        torch.set_num_threads(protocol.threads)  # of the whole process: torch has no other
        module, images = _module(item, batch=batch, precision=precision, seed=protocol.seed)
        prepared = self._prepare(module, images)

        def run() -> object:
            with torch.inference_mode():
                return prepared(images)

        return Loaded(Timed(run), "")

    def _prepare(self, module: "nn.Module", images: "torch.Tensor") -> Any:
        del images
        return module


def _module(item: "Item", *, batch: int, precision: str, seed: int) -> "tuple[nn.Module, torch.Tensor]":
    """The module of an item, batch norms folded, and standard-normal input, both in the type of the precision."""
    import torch

    from nas.measuring.models.graphs import build_item
    from supernet import fold_batch_norms

    dtypes = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
    if precision not in dtypes:
        raise ModelError(f"torch measures {', '.join(dtypes)}, not {precision}")
    built, shape = build_item(item, batch=batch)
    images = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
    return fold_batch_norms(built).to(dtypes[precision]), images.to(dtypes[precision])


class CudaTorchBackend(TorchBackend):
    """Runs modules on an NVIDIA GPU as CUDA graphs, channels last, timed by events."""

    name = "torch-cuda"

    def __init__(self, *, cuda: Cuda | None = None, memory: str = "cuda") -> None:
        """`cuda` is `torch.cuda` unless something stands in for it; `memory` is where tensors lie."""
        self._given, self._memory = cuda, memory

    @staticmethod
    def is_available() -> tuple[bool, str]:
        """Whether it can run here, and why not."""
        available, reason = TorchBackend.is_available()
        if not available:
            return available, reason
        import torch

        found = torch.cuda.is_available()
        return found, "" if found else f"torch {torch.__version__} sees no NVIDIA GPU"

    @staticmethod
    def options() -> dict[str, Any]:
        """What shapes the timing, stored with every table."""
        return {
            "mode": "cuda graph",
            "memory_format": "channels_last",
            "device": "cuda",
            "clock": "cuda events",
            "transfers": False,
            "tf32": False,
        }

    def load_item(
        self, item: "Item", folder: Path, *, batch: int, precision: str, protocol: MeasuringProtocol
    ) -> Loaded:
        """The item captured as a CUDA graph; nothing is written.

        Raises:
            ModelError: it cannot be built or captured, or torch does not have the precision.
        """
        del folder
        import torch

        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False  # fp32 means fp32
        module, images = _module(item, batch=batch, precision=precision, seed=protocol.seed)
        placed = module.to(self._memory, memory_format=torch.channels_last)  # type: ignore[call-overload]
        inputs = images.to(self._memory, memory_format=torch.channels_last)

        def enqueue(_stream: int) -> None:
            with torch.inference_mode():
                placed(inputs)

        return Loaded(TimedGraph(self._given or torch.cuda, enqueue, keep=(placed, inputs)), "")


class CompiledTorchBackend(TorchBackend):
    """Runs modules through `torch.compile`, which needs a C++ compiler."""

    name = "torch-compile"

    @staticmethod
    def is_available() -> tuple[bool, str]:
        """Whether it can run here, and why not."""
        if not any(shutil.which(name) for name in ("c++", "g++", "clang++", "cl")):
            return False, "torch.compile needs a C++ compiler (c++, g++ or clang++ on PATH)"
        return TorchBackend.is_available()

    @staticmethod
    def options() -> dict[str, Any]:
        """What shapes the timing, stored with every table."""
        return {**TorchBackend.options(), "mode": "compiled", "compile_mode": "default"}

    def _prepare(self, module: "nn.Module", images: "torch.Tensor") -> Any:
        import torch

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's own, about its internals
            try:
                compiled = torch.compile(module, dynamic=False)
                with torch.inference_mode():
                    compiled(images)  # this is when it compiles
            except Exception as error:  # the compiler's errors share no base class
                raise ModelError(f"cannot be compiled: {error}".splitlines()[0]) from error
        return compiled

"""PyTorch on the CPU, eager and compiled: what a network costs before anything is exported."""

import shutil
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nas.bundle.runner import MeasuringProtocol, ModelError, Timed
from nas.measurement.backend import Loaded

if TYPE_CHECKING:
    import torch
    from torch import nn

    from nas.plan import Item


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
            ModelError: it cannot be built, or the precision is not fp32.
        """
        del folder
        import torch

        from nas.bundle.models import build_item
        from supernet import fold_batch_norms

        if precision != "fp32":
            raise ModelError(f"torch on the CPU is measured in fp32, not {precision}")
        torch.set_num_threads(protocol.threads)  # of the whole process: torch has no other
        built, shape = build_item(item, batch=batch)
        images = torch.randn(shape, generator=torch.Generator().manual_seed(protocol.seed))
        module = self._prepare(fold_batch_norms(built), images)

        def run() -> object:
            with torch.inference_mode():
                return module(images)

        return Loaded(Timed(run), "")

    def _prepare(self, module: "nn.Module", images: "torch.Tensor") -> Any:
        del images
        return module


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

"""PyTorch on the CPU through `torch.compile`."""

import shutil
import warnings
from typing import TYPE_CHECKING, Any

from nas.measuring.backends.torch_eager import TorchBackend
from nas.measuring.runner.errors import ModelError

if TYPE_CHECKING:
    import torch
    from torch import nn


class CompiledTorchBackend(TorchBackend):
    """Runs modules through `torch.compile`, which needs a C++ compiler."""

    name = "torch-compile"
    words = "PyTorch on the CPU, compiled"
    build_s = 15.0

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

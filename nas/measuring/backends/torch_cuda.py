"""PyTorch on an NVIDIA GPU as CUDA graphs."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nas.measuring.backends.backend import Loaded
from nas.measuring.backends.cuda_timing import Cuda, TimedGraph
from nas.measuring.backends.torch_eager import TorchBackend, folded_module
from nas.measuring.runner.protocol import MeasuringProtocol

if TYPE_CHECKING:
    from nas.measuring.plan import Item


class CudaTorchBackend(TorchBackend):
    """Runs modules on an NVIDIA GPU as CUDA graphs, channels last, timed by events."""

    name = "torch-cuda"
    words = "PyTorch on an NVIDIA GPU as CUDA graphs"

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
        module, images = folded_module(item, batch=batch, precision=precision, seed=protocol.seed)
        placed = module.to(self._memory, memory_format=torch.channels_last)  # type: ignore[call-overload]
        inputs = images.to(self._memory, memory_format=torch.channels_last)

        def enqueue(_stream: int) -> None:
            with torch.inference_mode():
                placed(inputs)

        return Loaded(TimedGraph(self._given or torch.cuda, enqueue, keep=(placed, inputs)), "")

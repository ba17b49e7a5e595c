"""PyTorch on the CPU in eager mode: what a network costs before anything is exported."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nas.measuring.backends.backend import Backend, Loaded
from nas.measuring.runner.errors import ModelError
from nas.measuring.runner.protocol import MeasuringProtocol
from nas.measuring.runner.timing import Timed

if TYPE_CHECKING:
    import torch
    from torch import nn

    from nas.measuring.plan import Item


class TorchBackend(Backend):
    """Runs modules in eager mode, batch norms folded."""

    name = "torch"
    words = "PyTorch on the CPU, eager"
    precisions = ("fp32", "fp16", "bf16")
    packages = ("torch",)

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
        module, images = folded_module(item, batch=batch, precision=precision, seed=protocol.seed)
        prepared = self._prepare(module, images)

        def run() -> object:
            with torch.inference_mode():
                return prepared(images)

        return Loaded(Timed(run), "")

    def _prepare(self, module: "nn.Module", images: "torch.Tensor") -> Any:
        del images
        return module


def folded_module(item: "Item", *, batch: int, precision: str, seed: int) -> "tuple[nn.Module, torch.Tensor]":
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

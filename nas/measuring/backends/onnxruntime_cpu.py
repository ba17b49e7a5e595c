"""ONNX Runtime on the CPU: explicit threads, no spinning, all graph optimisations."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nas.measuring.backends.backend import Backend, Loaded
from nas.measuring.runner.protocol import MeasuringProtocol
from nas.measuring.runner.runtimes import Runtime
from nas.measuring.runner.runtimes.onnxruntime import OnnxRuntime, onnxruntime_call
from nas.measuring.runner.timing import Timed
from nas.measuring.runner.weights import place_model, read_model

if TYPE_CHECKING:
    from nas.measuring.plan import Item


class OnnxRuntimeBackend(Backend):
    """Runs ONNX files with the CPU execution provider, as the runner of a bundle does."""

    name = "onnxruntime"
    words = "ONNX Runtime on the CPU"
    precisions: tuple[str, ...] = ("fp32", "fp16", "int8")
    packages: tuple[str, ...] = ("onnxruntime",)
    exports = True
    board: type[Runtime] | None = OnnxRuntime
    like = "x86-avx2-core"

    @staticmethod
    def is_available() -> tuple[bool, str]:
        """Whether it can run here, and why not."""
        try:
            import onnxruntime  # noqa: F401
        except ImportError as error:  # also raised by a broken shared library
            return False, f"onnxruntime cannot be imported: {error}"
        return True, ""

    @staticmethod
    def version() -> str:
        """Version of the runtime."""
        import onnxruntime

        return str(onnxruntime.__version__)

    @staticmethod
    def options() -> dict[str, Any]:
        """What shapes the timing, stored with every table."""
        return OnnxRuntime.options()

    def load(self, path: Path, *, threads: int, seed: int = 0) -> Callable[[], object]:
        """A call that runs the model once on preallocated standard-normal inputs.

        Raises:
            ModelError: the file does not load, or an input has a free dimension or an unsupported type.
        """
        return onnxruntime_call(path, threads, seed)

    def timed(self, path: Path, *, precision: str, threads: int, seed: int) -> Timed:
        """The model at `path`, which has its precision in itself.

        Raises:
            ModelError: it does not load.
        """
        del precision
        return Timed(self.load(path, threads=threads, seed=seed))

    def load_item(
        self, item: "Item", folder: Path, *, batch: int, precision: str, protocol: MeasuringProtocol
    ) -> Loaded:
        """The item as ONNX file with weights from the seed, loaded; the threads are those of the protocol.

        Raises:
            ModelError: it cannot be exported or loaded.
        """
        from nas.measuring.models.exported import exported

        path, digest = exported(item, folder, batch=batch, precision=precision, signed_int8=self.signed_int8)
        work = folder / "work"
        try:
            threads, seed = protocol.threads, protocol.seed
            placed = place_model(read_model(path), work, seed)
            return Loaded(self.timed(placed, precision=precision, threads=threads, seed=seed), digest)
        finally:  # loaded: a mapped file lives on without its name
            shutil.rmtree(work, ignore_errors=True)

"""ONNX Runtime on the CPU: explicit threads, no spinning, all graph optimisations."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nas.measuring import runner
from nas.measuring.backends.backend import Loaded
from nas.measuring.models.exported import exported
from nas.measuring.models.graphs import EXPORT

if TYPE_CHECKING:
    from nas.measuring.plan import Item


class OnnxRuntimeBackend:
    """Runs ONNX files with the CPU execution provider, as the runner of a bundle does."""

    name = "onnxruntime"
    exporter = EXPORT

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
        return runner.OnnxRuntime.options()

    def load(self, path: Path, *, threads: int, seed: int = 0) -> Callable[[], object]:
        """A call that runs the model once on preallocated standard-normal inputs.

        Raises:
            ModelError: the file does not load, or an input has a free dimension or an unsupported type.
        """
        return runner.onnxruntime_call(path, threads, seed)

    def timed(self, path: Path, *, precision: str, threads: int, seed: int) -> runner.Timed:
        """The model at `path`, which has its precision in itself.

        Raises:
            ModelError: it does not load.
        """
        del precision
        return runner.Timed(self.load(path, threads=threads, seed=seed))

    def load_item(
        self, item: "Item", folder: Path, *, batch: int, precision: str, protocol: runner.MeasuringProtocol
    ) -> Loaded:
        """The item as ONNX file with weights from the seed, loaded; the threads are those of the protocol.

        Raises:
            ModelError: it cannot be exported or loaded.
        """
        path, digest = exported(item, folder, batch=batch, precision=precision, runtime=self.name)
        work = folder / "work"
        try:
            runner.place_model(path, path.with_suffix(".json"), work, protocol.seed)
            placed, threads, seed = work / path.name, protocol.threads, protocol.seed
            return Loaded(self.timed(placed, precision=precision, threads=threads, seed=seed), digest)
        finally:  # loaded: a mapped file lives on without its name
            shutil.rmtree(work, ignore_errors=True)

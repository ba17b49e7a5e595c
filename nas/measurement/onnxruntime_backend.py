"""ONNX Runtime on the CPU: explicit threads, no spinning, all graph optimisations."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from nas.bundle import runner


class OnnxRuntimeBackend:
    """Runs ONNX files with the CPU execution provider, as the runner of a bundle does."""

    name = "onnxruntime"

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

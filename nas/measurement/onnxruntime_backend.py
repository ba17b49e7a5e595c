"""ONNX Runtime on the CPU: explicit threads, no spinning, all graph optimisations."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

_FLOATS: dict[str, type[np.floating[Any]]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
}


class OnnxRuntimeBackend:
    """Runs ONNX files with the CPU execution provider."""

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
        return {
            "provider": "CPUExecutionProvider",
            "graph_optimization_level": "ORT_ENABLE_ALL",
            "execution_mode": "ORT_SEQUENTIAL",
            "inter_op_num_threads": 1,
            "allow_spinning": 0,
        }

    def load(self, path: Path, *, threads: int, seed: int = 0) -> Callable[[], object]:
        """A call that runs the model once on preallocated standard-normal inputs.

        Raises:
            ValueError: the file does not load, or an input has a free dimension or an unsupported type.
        """
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the runtime's errors share no base class
            raise ValueError(f"{path}: ONNX Runtime cannot load it: {str(error).splitlines()[0]}") from error
        rng = np.random.default_rng(seed)
        feed = {item.name: _input(item.name, item.type, item.shape, path, rng) for item in session.get_inputs()}
        run = session.run
        return lambda: run(None, feed)


def _input(name: str, kind: str, shape: list[Any], path: Path, rng: np.random.Generator) -> np.ndarray:
    """Standard-normal values: ordinary magnitudes, so that no run is slowed by denormal numbers."""
    if any(not isinstance(side, int) for side in shape):
        raise ValueError(f"{path}: input {name!r} has free dimensions {shape}; export it with fixed shapes")
    if kind not in _FLOATS:
        raise ValueError(f"{path}: input {name!r} is {kind}; known: {', '.join(sorted(_FLOATS))}")
    return rng.standard_normal(shape).astype(_FLOATS[kind])

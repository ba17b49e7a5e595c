"""ONNX Runtime on the CPU: explicit threads, no spinning, all graph optimisations."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np


class OnnxRuntimeBackend:
    """Runs ONNX files with the CPU execution provider."""

    name = "onnxruntime"

    @staticmethod
    def is_available() -> tuple[bool, str]:
        """Whether it can run here, and why not."""
        found = find_spec("onnxruntime") is not None
        return found, "" if found else "the package onnxruntime is not installed"

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
        """A call that runs the model once on preallocated standard-normal inputs."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        rng = np.random.default_rng(seed)
        feed = {item.name: rng.standard_normal(item.shape).astype(np.float32) for item in session.get_inputs()}
        run = session.run
        return lambda: run(None, feed)

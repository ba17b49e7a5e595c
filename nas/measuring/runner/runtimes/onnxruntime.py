"""ONNX Runtime on the CPU."""

from __future__ import annotations

from pathlib import Path
from typing import AbstractSet, Any, Callable

from nas.measuring.runner.errors import ModelError, RunnerError
from nas.measuring.runner.system import one_line, unlink
from nas.measuring.runner.timing import Timed
from nas.measuring.runner.weights import Model, place_model


class OnnxRuntime:
    """ONNX Runtime on the CPU: explicit threads, no spinning, all graph optimisations."""

    name = "onnxruntime"

    def __init__(self, work: Path, threads: int, seed: int, program: str = "") -> None:
        """Files go to `work`; there is no program of its own.

        Raises:
            RunnerError: onnxruntime cannot be imported.
        """
        del program
        self.work, self.threads, self.seed = work, threads, seed
        try:
            import onnxruntime
        except ImportError as error:  # also raised by a broken shared library
            raise RunnerError(f"onnxruntime cannot be imported ({error}); pip install onnxruntime") from None
        self.version = str(onnxruntime.__version__)

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

    def load(self, model: Model) -> Timed:
        """The model with weights from the seed.

        Raises:
            ModelError: it does not load.
        """
        graph = place_model(model, self.work, self.seed)
        try:
            return Timed(onnxruntime_call(graph, self.threads, self.seed))
        finally:  # loaded: a mapped file lives on without its name
            unlink(graph.with_suffix(".data"))
            unlink(graph)

    def command(self, key: str) -> str:
        """None of its own: the runner is the program that uses this library."""
        del key
        return ""

    def keep(self, keys: AbstractSet[str]) -> None:
        """Nothing is built."""


def onnxruntime_call(path: Path, threads: int, seed: int) -> Callable[[], object]:
    """A call that runs an ONNX file once on preallocated standard-normal inputs.

    Raises:
        ModelError: the file does not load, or an input has a free dimension or an unsupported type.
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
        raise ModelError(f"{path}: ONNX Runtime cannot load it: {one_line(error)}") from error
    feed = onnxruntime_inputs(session, path, seed)
    run = session.run
    return lambda: run(None, feed)


def onnxruntime_inputs(session: Any, path: Path, seed: int) -> dict[str, Any]:
    """Standard-normal values: ordinary magnitudes, so that no run is slowed by denormal numbers.

    Raises:
        ModelError: an input has a free dimension or an unsupported type.
    """
    import numpy as np

    dtypes = {"tensor(float)": "float32", "tensor(float16)": "float16", "tensor(double)": "float64"}
    rng, feed = np.random.default_rng(seed), {}
    for item in session.get_inputs():
        if any(not isinstance(side, int) for side in item.shape):
            raise ModelError(
                f"{path}: input {item.name!r} has free dimensions {item.shape}; export it with fixed shapes"
            )
        if item.type not in dtypes:
            raise ModelError(f"{path}: input {item.name!r} is {item.type}; known: {', '.join(sorted(dtypes))}")
        feed[item.name] = rng.standard_normal(item.shape).astype(dtypes[item.type])
    return feed

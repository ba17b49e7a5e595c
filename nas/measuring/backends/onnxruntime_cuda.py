"""ONNX Runtime on an NVIDIA GPU through its CUDA provider; inputs and outputs stay on the GPU."""

import ctypes
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nas.measuring.backends.onnxruntime_cpu import OnnxRuntimeBackend
from nas.measuring.runner.errors import ModelError
from nas.measuring.runner.runtimes.onnxruntime import onnxruntime_inputs
from nas.measuring.runner.timing import Timed

CUDA = "CUDAExecutionProvider"


class TimedOnGpu(Timed):
    """A model whose time is the host's from the call until the GPU is through; the CPU's own time says nothing."""

    def visit(self, count: int) -> tuple[list[int], list[int], list[int]]:
        """As of a model on the CPU, with wall time in the place of CPU time."""
        wall_ns, _, switches = super().visit(count)
        return wall_ns, list(wall_ns), switches


class OnnxRuntimeCudaBackend(OnnxRuntimeBackend):
    """Runs ONNX files with the CUDA provider alone: a model with a node that needs the CPU is refused."""

    name = "onnxruntime-cuda"
    words = "ONNX Runtime on an NVIDIA GPU, CUDA provider"
    precisions: tuple[str, ...] = ("fp32", "fp16")
    packages = ("onnxruntime-gpu",)
    board = None
    like = ""
    providers: tuple[str, ...] = (CUDA,)

    @classmethod
    def is_available(cls) -> tuple[bool, str]:
        """Whether it can run here, and why not."""
        available, reason = OnnxRuntimeBackend.is_available()
        if not available:
            return available, reason
        import onnxruntime

        built_in = onnxruntime.get_available_providers()
        if missing := [name for name in cls.providers if name not in built_in]:
            return False, (
                f"onnxruntime {onnxruntime.__version__} has no {missing[0]}, it has {', '.join(built_in)}; "
                "pip install onnxruntime-gpu"
            )
        try:
            ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
        except OSError as error:
            return False, f"no driver of an NVIDIA GPU: {error}"
        return True, ""

    @classmethod
    def options(cls) -> dict[str, Any]:
        """What shapes the timing, stored with every table."""
        settings = {
            provider: {name: value for name, value in found.items() if not name.endswith("_path")}
            for provider, found in cls.provider_options("fp32")
        }
        return {
            **OnnxRuntimeBackend.options(),
            "provider": cls.providers[0],
            "provider_options": settings,
            "transfers": False,
            "cuda_graph": False,
        }

    @classmethod
    def provider_options(cls, precision: str) -> list[tuple[str, dict[str, str]]]:
        """Providers in order of preference with their settings."""
        del precision
        return [(CUDA, {"device_id": "0", "use_tf32": "0", "cudnn_conv_algo_search": "EXHAUSTIVE"})]

    def timed(self, path: Path, *, precision: str, threads: int, seed: int) -> Timed:
        """The model on the GPU.

        Raises:
            ModelError: it does not load, or not on this provider alone.
        """
        return TimedOnGpu(
            bound_call(path, self.provider_options(precision), memory="cuda", threads=threads, seed=seed)
        )


def bound_call(
    path: Path, providers: list[tuple[str, dict[str, str]]], *, memory: str, threads: int, seed: int
) -> Callable[[], object]:
    """A call that runs an ONNX file once, its inputs and outputs bound to preallocated `memory`.

    Raises:
        ModelError: it does not load, needs another provider, or has a free dimension.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    if providers[0][0] != "CPUExecutionProvider":  # otherwise what a GPU cannot do runs on the CPU, unsaid
        options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the providers, which are looked at below
            session = onnxruntime.InferenceSession(str(path), options, providers=providers)
    except Exception as error:  # the runtime's errors share no base class
        raise ModelError(f"{path}: ONNX Runtime cannot load it: {error}".splitlines()[0]) from error
    if session.get_providers()[0] != providers[0][0]:
        raise ModelError(f"{path}: {providers[0][0]} does not start; {session.get_providers()[0]} would run it")
    binding = session.io_binding()
    for name, value in onnxruntime_inputs(session, path, seed).items():
        binding.bind_ortvalue_input(name, onnxruntime.OrtValue.ortvalue_from_numpy(value, memory, 0))
    for output, value in zip(session.get_outputs(), _once(session, path, seed), strict=True):
        binding.bind_ortvalue_output(output.name, onnxruntime.OrtValue.ortvalue_from_numpy(value, memory, 0))

    def run() -> None:
        session.run_with_iobinding(binding)
        binding.synchronize_outputs()

    return run


def _once(session: Any, path: Path, seed: int) -> list[Any]:
    """The outputs of a first run, which tell their shapes."""
    try:
        found: list[Any] = session.run(None, onnxruntime_inputs(session, path, seed))
    except Exception as error:
        raise ModelError(f"cannot run: {error}".splitlines()[0]) from error
    return found

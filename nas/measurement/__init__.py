"""Measuring: backends, the statistics of the interleaved protocol, and the record of the machine."""

from nas.measurement.backend import Backend, Loaded
from nas.measurement.onnxruntime_backend import OnnxRuntimeBackend
from nas.measurement.tensorrt_backend import TensorRTBackend
from nas.measurement.tensorrt_python_backend import TensorRTPythonBackend
from nas.measurement.torch_backend import CompiledTorchBackend, TorchBackend

BACKENDS: dict[str, type[Backend]] = {
    "onnxruntime": OnnxRuntimeBackend,
    "tensorrt": TensorRTBackend,
    "tensorrt-python": TensorRTPythonBackend,
    "torch": TorchBackend,
    "torch-compile": CompiledTorchBackend,
}

__all__ = [
    "BACKENDS",
    "Backend",
    "CompiledTorchBackend",
    "Loaded",
    "OnnxRuntimeBackend",
    "TensorRTBackend",
    "TensorRTPythonBackend",
    "TorchBackend",
]

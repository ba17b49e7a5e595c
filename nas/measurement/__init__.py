"""Measuring: backends, the statistics of the interleaved protocol, and the record of the machine."""

from nas.measurement.backend import Backend, Loaded
from nas.measurement.onnxruntime_backend import OnnxRuntimeBackend
from nas.measurement.onnxruntime_gpu_backend import OnnxRuntimeCudaBackend, OnnxRuntimeTensorRTBackend
from nas.measurement.tensorrt_backend import TensorRTBackend
from nas.measurement.tensorrt_python_backend import TensorRTPythonBackend
from nas.measurement.torch_backend import CompiledTorchBackend, CudaTorchBackend, TorchBackend

BACKENDS: dict[str, type[Backend]] = {
    "onnxruntime": OnnxRuntimeBackend,
    "onnxruntime-cuda": OnnxRuntimeCudaBackend,
    "onnxruntime-tensorrt": OnnxRuntimeTensorRTBackend,
    "tensorrt": TensorRTBackend,
    "tensorrt-python": TensorRTPythonBackend,
    "torch": TorchBackend,
    "torch-compile": CompiledTorchBackend,
    "torch-cuda": CudaTorchBackend,
}

__all__ = [
    "BACKENDS",
    "Backend",
    "CompiledTorchBackend",
    "CudaTorchBackend",
    "Loaded",
    "OnnxRuntimeBackend",
    "OnnxRuntimeCudaBackend",
    "OnnxRuntimeTensorRTBackend",
    "TensorRTBackend",
    "TensorRTPythonBackend",
    "TorchBackend",
]

"""Measuring: backends, the statistics of the interleaved protocol, and the record of the machine."""

from nas.measuring.backends.backend import Backend, Loaded
from nas.measuring.backends.onnxruntime_cpu import OnnxRuntimeBackend
from nas.measuring.backends.onnxruntime_gpu import OnnxRuntimeCudaBackend, OnnxRuntimeTensorRTBackend
from nas.measuring.backends.tensorrt_python import TensorRTPythonBackend
from nas.measuring.backends.tensorrt_trtexec import TensorRTBackend
from nas.measuring.backends.torch_eager import CompiledTorchBackend, CudaTorchBackend, TorchBackend

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

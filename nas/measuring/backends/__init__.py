"""Runtimes: name -> backend. A new one is a file beside these and an entry here."""

from nas.measuring.backends.backend import Backend, Loaded
from nas.measuring.backends.onnxruntime_cpu import OnnxRuntimeBackend
from nas.measuring.backends.onnxruntime_cuda import OnnxRuntimeCudaBackend
from nas.measuring.backends.onnxruntime_tensorrt import OnnxRuntimeTensorRTBackend
from nas.measuring.backends.tensorrt_python import TensorRTPythonBackend
from nas.measuring.backends.tensorrt_trtexec import TensorRTBackend
from nas.measuring.backends.tflite import TFLiteBackend
from nas.measuring.backends.torch_compile import CompiledTorchBackend
from nas.measuring.backends.torch_cuda import CudaTorchBackend
from nas.measuring.backends.torch_eager import TorchBackend

BACKENDS: dict[str, type[Backend]] = {
    "onnxruntime": OnnxRuntimeBackend,
    "onnxruntime-cuda": OnnxRuntimeCudaBackend,
    "onnxruntime-tensorrt": OnnxRuntimeTensorRTBackend,
    "tensorrt": TensorRTBackend,
    "tensorrt-python": TensorRTPythonBackend,
    "torch": TorchBackend,
    "torch-compile": CompiledTorchBackend,
    "torch-cuda": CudaTorchBackend,
    "tflite": TFLiteBackend,
}

__all__ = ["BACKENDS", "Backend", "Loaded"]

"""ONNX Runtime on an NVIDIA GPU through its TensorRT provider."""

from nas.disk.folders import data_folder
from nas.measuring.backends.onnxruntime_cuda import CUDA, OnnxRuntimeCudaBackend

TENSORRT = "TensorrtExecutionProvider"


class OnnxRuntimeTensorRTBackend(OnnxRuntimeCudaBackend):
    """Runs ONNX files with the TensorRT provider, and with CUDA what that leaves."""

    name = "onnxruntime-tensorrt"
    words = "ONNX Runtime on an NVIDIA GPU, TensorRT provider"
    precisions = ("fp32", "fp16", "int8")
    build_s = 25.0
    signed_int8 = True
    providers = (TENSORRT, CUDA)

    @classmethod
    def provider_options(cls, precision: str) -> list[tuple[str, dict[str, str]]]:
        """Providers in order of preference with their settings; builds share one timing cache."""
        cache = data_folder() / "tensorrt" / "onnxruntime"
        types = {"fp16": "trt_fp16_enable", "bf16": "trt_bf16_enable", "int8": "trt_int8_enable"}
        settings = {"device_id": "0", "trt_timing_cache_enable": "1", "trt_timing_cache_path": str(cache)}
        if precision in types:
            settings[types[precision]] = "1"
        return [(TENSORRT, settings), *super().provider_options(precision)]

"""ONNX Runtime with TensorRT's provider: what it asks for at each precision."""

from pathlib import Path

import pytest

from nas.measuring.backends.onnxruntime_cuda import OnnxRuntimeCudaBackend
from nas.measuring.backends.onnxruntime_tensorrt import OnnxRuntimeTensorRTBackend


@pytest.mark.parametrize(
    ("precision", "enabled"),
    [("fp32", set[str]()), ("fp16", {"trt_fp16_enable"}), ("int8", {"trt_int8_enable"})],
)
def test_tensorrt_comes_first_and_computes_in_the_precision(precision: str, enabled: set[str], home: Path) -> None:
    (first, settings), *rest = OnnxRuntimeTensorRTBackend.provider_options(precision)
    assert first == "TensorrtExecutionProvider"
    assert rest == OnnxRuntimeCudaBackend.provider_options(precision)
    assert {name for name in settings if name.endswith("_enable")} == {"trt_timing_cache_enable", *enabled}
    assert {settings[name] for name in enabled} <= {"1"}
    assert settings["trt_timing_cache_path"] == str(home / "tensorrt" / "onnxruntime")

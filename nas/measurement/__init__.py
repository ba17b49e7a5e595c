"""Measuring: backends, the interleaved protocol, its statistics, and the record of the machine."""

from nas.measurement.backend import Backend
from nas.measurement.onnxruntime_backend import OnnxRuntimeBackend

BACKENDS: dict[str, type[Backend]] = {"onnxruntime": OnnxRuntimeBackend}

__all__ = ["BACKENDS", "Backend", "OnnxRuntimeBackend"]

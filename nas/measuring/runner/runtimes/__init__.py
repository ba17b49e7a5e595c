"""Runtimes that boards run: name of `--runtime` -> class."""

from __future__ import annotations

from nas.measuring.runner.runtimes.onnxruntime import OnnxRuntime
from nas.measuring.runner.runtimes.runtime import Runtime, Timeable
from nas.measuring.runner.runtimes.trtexec import Trtexec

RUNTIMES: dict[str, type[Runtime]] = {"onnxruntime": OnnxRuntime, "trtexec": Trtexec}

__all__ = ["RUNTIMES", "OnnxRuntime", "Runtime", "Timeable", "Trtexec"]

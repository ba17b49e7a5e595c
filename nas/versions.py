"""Versions that a figure depends on, read from the installed packages' metadata: nothing is imported."""

import platform
from importlib.metadata import PackageNotFoundError, version

import nas

PACKAGES = ("torch", "onnx", "onnxruntime", "onnxruntime-gpu", "tensorrt", "optuna", "ray", "numpy")


def versions() -> dict[str, str]:
    """This package, Python, and those of `PACKAGES` that are installed."""
    found = {"nas": str(nas.__version__), "python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found

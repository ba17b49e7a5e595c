"""Versions that a figure depends on, read from the installed packages' metadata: nothing is imported."""

import platform
from importlib.metadata import PackageNotFoundError, version

import nas
from nas.measuring.backends import BACKENDS

_MEASURED_WITH = (name for backend in BACKENDS.values() for name in backend.packages)
PACKAGES = tuple(dict.fromkeys(("torch", "onnx", *_MEASURED_WITH, "optuna", "ray", "numpy")))


def versions() -> dict[str, str]:
    """This package, Python, and those of `PACKAGES` that are installed."""
    found = {"nas": str(nas.__version__), "python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found

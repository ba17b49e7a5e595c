"""Versions that a figure depends on."""

import platform

import numpy as np
import pytest

import nas
from nas.versions import PACKAGES, versions


def test_versions_are_those_of_what_is_imported() -> None:
    found = versions()
    assert (found["nas"], found["python"]) == (nas.__version__, platform.python_version())
    assert found["numpy"] == np.__version__
    assert {"torch", "onnx", "onnxruntime", "optuna"} <= found.keys() <= {"nas", "python", *PACKAGES}


def test_what_is_not_installed_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nas.versions.PACKAGES", ("nobody-has-installed-this", "numpy"))
    assert list(versions()) == ["nas", "python", "numpy"]

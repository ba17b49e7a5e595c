"""Imports only go downwards, and the light packages stay light."""

import ast
import importlib
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ALLOWED = {
    "search_space": {"search_space"},
    "predictors": {"predictors", "search_space"},
    "supernet": {"supernet", "search_space"},
    "nas": {"nas", "predictors", "supernet", "search_space"},
}


@pytest.mark.parametrize("package", ALLOWED)
def test_imports_go_downwards(package: str) -> None:
    for path in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            used = {str(name).partition(".")[0] for name in names} & set(ALLOWED)
            assert used <= ALLOWED[package], f"{path} imports {used - ALLOWED[package]}"


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("search_space", ("torch", "pandas", "sklearn", "optuna")),
        ("predictors", ("torch", "sklearn", "optuna")),
        ("nas.cli", ("torch", "pandas", "sklearn", "optuna", "numpy", "pydantic")),
        ("nas.measuring.backends", ("torch", "pandas", "onnxruntime")),
    ],
)
def test_importing_is_light(module: str, heavy: tuple[str, ...]) -> None:
    code = f"import sys, {module}; print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_every_package_is_installed() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    assert options["find"]["include"] == [f"{package}*" for package in sorted(ALLOWED)]
    folders = {path.parent for package in ALLOWED for path in (ROOT / package).rglob("*.py")}
    assert not [folder for folder in folders if not (folder / "__init__.py").is_file()]


PARTS = ("attention", "blocks", "downsamples", "heads")


@pytest.mark.parametrize("role", PARTS)
def test_a_part_has_a_file_of_its_name_in_both_packages(role: str) -> None:
    """Settings, choices and cost in one, module and coordinates in the other; mbconv and evit are one module."""
    settings = importlib.import_module(f"search_space.{role}")
    modules = importlib.import_module(f"supernet.{role}")
    assert list(getattr(settings, role.upper())) == list(getattr(modules, role.upper()))
    for name in getattr(settings, role.upper()):
        assert (ROOT / "search_space" / role / f"{name}.py").is_file()
        assert (ROOT / "supernet" / role / f"{name}.py").is_file() or (role, name) == ("blocks", "mbconv")

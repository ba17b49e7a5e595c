"""The runner is a package for Python 3.8 that needs nothing of ours, packed with the models it measures."""

import ast
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from nas.measuring import runner
from nas.measuring.runner.bundle import Bundle

MODULES = sorted(Path(runner.__file__).parent.rglob("*.py"))
OPTIONAL = {"numpy", "onnxruntime"}  # where they are installed, and never when the runner is imported


def imported(body: list[ast.stmt]) -> set[str]:
    """Top-level names that statements import, those within functions included."""
    nodes = [node for statement in body for node in ast.walk(statement)]
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    return {*names, *(str(node.module) for node in nodes if isinstance(node, ast.ImportFrom))}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_is_python_38_and_imports_nothing_from_outside(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))
    outside = {name for name in imported(tree.body) if not name.startswith("nas.measuring.runner")}
    assert {name.partition(".")[0] for name in outside} <= sys.stdlib_module_names | OPTIONAL
    first = [statement for statement in tree.body if isinstance(statement, ast.Import | ast.ImportFrom)]
    assert not imported(list(first)) & OPTIONAL
    annotated = "from __future__ import annotations" in path.read_text(encoding="utf-8")
    assert annotated or not any(isinstance(node, ast.AnnAssign | ast.arg) for node in ast.walk(tree))


def test_a_bundle_holds_the_whole_runner(archive: Path) -> None:
    with zipfile.ZipFile(archive) as file:
        names = set(file.namelist())
    root = Path(runner.__file__).parents[2]
    assert {f"nas/{path.relative_to(root).as_posix()}" for path in MODULES} <= names
    assert {"__main__.py", "manifest.json", "SHA256SUMS", "README.txt"} <= names


def python_38() -> str:
    """The path of a Python 3.8 that runs; empty without one."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for path in (shutil.which("python3.8"), *versions.glob("3.8.*/bin/python3.8")):
        if path and subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0:
            return path
    return ""


@pytest.mark.skipif(not python_38(), reason="needs a Python 3.8 (python3.8 on PATH, or of pyenv)")
def test_a_bundle_runs_on_python_38(archive: Path, tmp_path: Path) -> None:
    """Without onnxruntime it says what is missing; the loop, the journal and the rest are run with a stand-in."""
    python = python_38()
    done = subprocess.run([python, "-I", archive, "--help"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    code = f"""
import sys
sys.path.insert(0, {str(archive)!r})
from pathlib import Path
from nas.measuring.runner import cli, run
from nas.measuring.runner.timing import Timed

class Sums:
    name, version = "sums", "1"
    def __init__(self, work, threads, seed, program=""): pass
    def options(self): return {{}}
    def load(self, model): return Timed(lambda: sum(range(len(model.graph))))
    def command(self, key): return ""
    def keep(self, keys): pass

cli.runtime_class = lambda bundle, name: Sums
sys.exit(cli.main(Path({str(archive)!r}), []))
"""
    done = subprocess.run([python, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    models = len(Bundle(archive).manifest["models"])
    assert done.stdout.splitlines()[-1].endswith(f"0 of {models} models failed; bring this file home")

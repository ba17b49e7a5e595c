"""What machine this is and whether it is fit to measure on, from the standard library alone."""

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from nas.measuring.runner.machine import probe

_PACKAGES = ("efficientvit-nas", "numpy", "onnx", "onnxruntime", "onnxscript", "timm", "torch")


def environment(packages: Sequence[str] = ()) -> dict[str, Any]:
    """What the runner tells of a machine, and the versions of this toolkit, of what it always uses and of `packages`,
    as plain JSON values.
    """
    versions = {name: found for name in (*_PACKAGES, *packages) if (found := _version(name))}
    return {**probe(), "versions": versions, "git_sha": _git_sha(Path(__file__).resolve().parents[2])}


def warnings_of(found: dict[str, Any]) -> list[str]:
    """Reasons to trust absolute latencies less, empty on a quiet, fixed-clock machine."""
    reasons = []
    if found["governor"] not in ("", "performance"):
        reasons.append(f"clock governor is {found['governor']!r}, not 'performance'")
    if found["load_1min"] is not None and found["load_1min"] > 0.5 * found["cores"]:
        reasons.append(f"load is {found['load_1min']} on {found['cores']} cores")
    if found["hypervisor"]:
        reasons.append("a virtual machine: neighbours may disturb it")
    return reasons


def _git_sha(root: Path) -> str:
    """Commit of the source tree at `root`; empty for an installed package."""
    head = _read(root / ".git" / "HEAD")
    if not head.startswith("ref: "):
        return head
    name = head.removeprefix("ref: ")
    packed = (line.split() for line in _read(root / ".git" / "packed-refs").splitlines())
    return _read(root / ".git" / name) or next((line[0] for line in packed if line[1:] == [name]), "")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""

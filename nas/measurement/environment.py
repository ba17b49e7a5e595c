"""What machine this is and whether it is fit to measure on, from the standard library alone."""

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_PACKAGES = ("efficientvit-nas", "numpy", "onnx", "onnxruntime", "onnxscript", "torch")


def environment() -> dict[str, Any]:
    """Processor, memory, operating system, governor, temperatures and versions, as plain JSON values."""
    return {
        "cpu_model": _cpu_field("model name") or platform.processor() or platform.machine(),
        "cpu_flags": sorted(set((_cpu_field("flags") or _cpu_field("Features")).split()) & _INTERESTING_FLAGS),
        "machine": platform.machine(),
        "cores": os.cpu_count() or 1,
        "affinity": sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [],
        "memory_mib": _memory_mib("MemTotal"),
        "memory_available_mib": _memory_mib("MemAvailable"),
        "governor": _read(Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")),
        "temperatures_c": _temperatures(),
        "load_1min": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "hypervisor": "hypervisor" in (_cpu_field("flags") or "").split(),
        "container": _in_container(),
        "os": platform.platform(),
        "kernel": platform.release(),
        "python": sys.version.split()[0],
        "versions": {name: found for name in _PACKAGES if (found := _version(name))},
        "git_sha": _git_sha(Path(__file__).resolve().parents[2]),
    }


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


_X86_FLAGS = {"sse4_2", "avx", "avx2", "fma", "f16c", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16"}
_ARM_FLAGS = {"asimd", "asimdhp", "asimddp", "sve", "i8mm", "bf16"}
_INTERESTING_FLAGS = _X86_FLAGS | {"amx_bf16", "amx_int8"} | _ARM_FLAGS


def _cpu_field(name: str) -> str:
    for line in _read(Path("/proc/cpuinfo")).splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return ""


def _memory_mib(field: str) -> int:
    for line in _read(Path("/proc/meminfo")).splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) // 1024
    return 0


def _in_container() -> bool:
    return any(Path(mark).exists() for mark in ("/.dockerenv", "/run/.containerenv"))


def _git_sha(root: Path) -> str:
    """Commit of the source tree at `root`; empty for an installed package."""
    head = _read(root / ".git" / "HEAD")
    if not head.startswith("ref: "):
        return head
    name = head.removeprefix("ref: ")
    packed = (line.split() for line in _read(root / ".git" / "packed-refs").splitlines())
    return _read(root / ".git" / name) or next((line[0] for line in packed if line[1:] == [name]), "")


def _temperatures() -> list[float]:
    values = [_read(path) for path in sorted(Path("/sys/class/thermal").glob("thermal_zone*/temp"))]
    return [int(value) / 1000 for value in values if value.lstrip("-").isdigit()]


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

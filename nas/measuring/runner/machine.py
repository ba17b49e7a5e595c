"""What machine this is and what state it is in."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from pathlib import Path
from typing import Any, Mapping, Sequence

from nas.measuring.runner.system import first_line, memory_mib, paths, read, said


def probe() -> dict[str, Any]:
    """Processor, board, memory, operating system, clocks and temperatures, as plain JSON values."""
    flags = (_cpu_field("flags") or _cpu_field("Features")).split()
    board = read("/proc/device-tree/model") or read("/sys/devices/virtual/dmi/id/product_name")
    return {
        "machine_id": _machine_id(),
        "board": board.replace("\0", ""),
        "cpu_model": _cpu_field("model name") or platform.processor() or platform.machine(),
        "cpu_flags": sorted(set(flags) & _INTERESTING_FLAGS),
        "machine": platform.machine(),
        "cores": os.cpu_count() or 1,
        "affinity": sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [],
        "memory_mib": memory_mib("MemTotal"),
        "memory_available_mib": memory_mib("MemAvailable"),
        "governor": read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        "power_mode": said(["nvpmodel", "-q"]),
        "tegra_release": read("/etc/nv_tegra_release").split("\n")[0],
        "tegrastats": first_line(["tegrastats", "--interval", "100"]),
        "load_1min": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "hypervisor": "hypervisor" in flags,
        "container": any(Path(mark).exists() for mark in ("/.dockerenv", "/run/.containerenv")),
        "os": platform.platform(),
        "kernel": platform.release(),
        "python": sys.version.split()[0],
        **machine_state(),
    }


def machine_state() -> dict[str, Any]:
    """What may change while measuring: temperatures, clocks in MHz, throttling."""
    return {
        "temperatures_c": _numbers("/sys/class/thermal/thermal_zone*/temp", 1e-3),
        "cpu_mhz": _numbers("/sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_cur_freq", 1e-3),
        "device_mhz": _numbers("/sys/class/devfreq/*/cur_freq", 1e-6),
        "throttle_counts": _numbers("/sys/class/hwmon/hwmon*/oc*_event_cnt", 1)
        + _numbers("/sys/devices/system/cpu/cpu[0-9]*/thermal_throttle/core_throttle_count", 1),
        "throttled": said(["vcgencmd", "get_throttled"]),
    }


_X86_FLAGS = {"sse4_2", "avx", "avx2", "fma", "f16c", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16"}
_ARM_FLAGS = {"asimd", "asimdhp", "asimddp", "sve", "i8mm", "bf16"}
_INTERESTING_FLAGS = _X86_FLAGS | {"amx_bf16", "amx_int8"} | _ARM_FLAGS


def machine_name(machine: Mapping[str, Any]) -> str:
    """What tells one machine from another."""
    fields = (machine.get("machine_id"), machine.get("board"), machine.get("cpu_model"), machine.get("cores"))
    return "/".join(str(field) for field in fields if field)


def throttled(states: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a machine slowed itself down to stay cool or within its power, at any of these moments."""
    bits = {state.get("throttled", "").partition("=")[2] for state in states} - {"", "0x0"}
    counts = [tuple(state.get("throttle_counts", ())) for state in states]
    return bool(bits) or len(set(counts)) > 1


def _machine_id() -> str:
    """A digest, so that the results tell machines apart and not which one it was."""
    found = read("/etc/machine-id") or read("/proc/device-tree/serial-number")
    return hashlib.sha256(found.encode()).hexdigest()[:16] if found else ""


def _numbers(pattern: str, factor: float) -> list[float]:
    found = [read(path) for path in paths(pattern)]
    return [round(int(value) * factor, 3) for value in found if value.lstrip("-").isdigit()]


def _cpu_field(name: str) -> str:
    for line in read("/proc/cpuinfo").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return ""

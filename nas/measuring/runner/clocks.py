"""Fixing the clocks of a machine, only when asked."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator, Mapping

from nas.measuring.runner.errors import RunnerError
from nas.measuring.runner.system import output, paths, read, shown, which


@contextmanager
def fixed_clocks() -> Iterator[list[str]]:
    """Jetson: jetson_clocks; elsewhere the performance governor; as it was afterwards. Yields what was done."""
    if which("jetson_clocks"):
        store = Path.home() / ".jetson-clocks-before-runner"
        commands = [["jetson_clocks", "--store", str(store)], ["jetson_clocks"]]
        for command in commands:
            output(["sudo", "-n", *command], timeout=60)
        try:
            yield [shown(command) for command in commands]
        finally:
            output(["sudo", "-n", "jetson_clocks", "--restore", str(store)], timeout=60)
        return
    before = {path: read(path) for path in paths("/sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_governor")}
    try:
        for path in before:
            Path(path).write_text("performance")
        yield [f"performance governor on {len(before)} cores"] if before else []
    except PermissionError as error:
        raise RunnerError(f"--set-clocks needs the right to write {error.filename}: run it as root") from None
    finally:
        for path, governor in before.items():
            if read(path) != governor:
                Path(path).write_text(governor)


def clock_advice(machine: Mapping[str, Any]) -> list[str]:
    """What a user may want to do about the clocks before measuring; the runner does it only with --set-clocks."""
    if machine["power_mode"]:
        return ["sudo nvpmodel -m 0", "sudo jetson_clocks"]
    if machine["governor"] not in ("", "performance"):
        return ["sudo cpupower frequency-set -g performance"]
    return []


@contextmanager
def clocks_as_they_are() -> Iterator[list[str]]:
    """In the place of `fixed_clocks` where nobody asked for it."""
    yield []

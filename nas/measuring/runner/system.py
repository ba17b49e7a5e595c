"""Files and programs of the system, read without failing where they are not there."""

from __future__ import annotations

import functools
import shlex
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Sequence


def memory_mib(field: str) -> int:
    """A field of /proc/meminfo, such as MemTotal; 0 where it is not told."""
    for line in read("/proc/meminfo").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) // 1024
    return 0


def paths(pattern: str) -> list[str]:
    """What matches an absolute pattern, sorted."""
    return sorted(map(str, Path("/").glob(pattern.lstrip("/"))))


def read(path: str) -> str:
    """The text of a file, stripped; empty where it cannot be read."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


@functools.lru_cache(maxsize=None)
def which(name: str) -> str:
    """The path of a program; empty where it is not installed."""
    return shutil.which(name) or ""


def said(command: list[str]) -> str:
    """What a program prints, in one line; empty where it is not installed."""
    program = which(command[0])
    try:
        return " ".join(output([program, *command[1:]], timeout=5).split()) if program else ""
    except (OSError, subprocess.TimeoutExpired):
        return ""


def output(command: list[str], timeout: float) -> str:
    """What a program writes to stdout and stderr, whatever its exit code."""
    done = subprocess.run(  # noqa: S603 - an argument list
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        timeout=timeout,
        check=False,
    )
    return done.stdout.decode("utf-8", errors="replace")


def first_line(command: list[str]) -> str:
    """The first line of a program that never ends by itself."""
    program = which(command[0])
    if not program:
        return ""
    with subprocess.Popen([program, *command[1:]], stdout=subprocess.PIPE) as process:  # noqa: S603
        assert process.stdout is not None
        try:
            return process.stdout.readline().decode("utf-8", errors="replace").strip()
        finally:
            process.kill()


def unlink(path: Path) -> None:
    """Delete a file where it is and where the system lets it go."""
    with suppress(OSError):  # Windows keeps a mapped file
        path.unlink()


def one_line(error: Exception) -> str:
    """The first line of an error, or its type where it says nothing."""
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__


def shown(command: Sequence[str]) -> str:
    """A command as it can be pasted into a shell."""
    return " ".join(shlex.quote(part) for part in command)

"""Runs that go on without a terminal: one at a time on the same results, seen from outside."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator

from nas.measuring.runner.errors import RunnerError
from nas.measuring.runner.system import read


class Progress:
    """Steps done, and time left, on the terminal and in `progress.json` for those who look from outside."""

    def __init__(self, out: Path) -> None:
        self._path, self._start, self._last, self._first = out.parent / "progress.json", time.monotonic(), 0.0, -1

    def step(self, done: int, total: int) -> None:
        """Tell that `done` of `total` steps are done; at most once a second unless all are."""
        now = time.monotonic()
        self._first = done if self._first < 0 else self._first
        if done < total and now - self._last < 1.0:
            return
        self._last, made = now, done - self._first
        left = (now - self._start) / made * (total - done) if made else 0.0
        temporary = self._path.with_suffix(".tmp")
        temporary.write_text(json.dumps({"done": done, "total": total, "seconds_left": round(left)}))
        temporary.replace(self._path)
        hours, minutes = int(left) // 3600, int(left) // 60 % 60
        end = "\r" if sys.stdout.isatty() and done < total else "\n"
        print(f"{done}/{total} steps, {hours}:{minutes:02d}:{int(left) % 60:02d} left ", end=end, flush=True)


def status(out: Path) -> dict[str, Any]:
    """Whether a runner is at work on `out`, how far it is, whether it is through, and its last word."""
    progress = json.loads(read(str(out.parent / "progress.json")) or "{}")
    log = read(str(out.parent / "run.log")).splitlines()
    return {
        "running": locked(out),
        "finished": any(line.startswith("done: ") for line in log[-1:]),
        "done": progress.get("done", 0),
        "total": progress.get("total", 0),
        "seconds_left": progress.get("seconds_left", 0),
        "message": log[-1] if log else "",
    }


@contextmanager
def lock(out: Path) -> Iterator[None]:
    """Keep a second runner off the same results; the system lets go when the process dies."""
    try:
        import fcntl
    except ImportError:  # Windows: no such lock
        yield
        return
    with Path(f"{out}.lock").open("a") as file:
        for attempt in range(10):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if attempt == 9:
                    raise RunnerError(f"another runner is at work on {out}; see --status") from None
                time.sleep(0.05)  # --status holds it for an instant
        yield


def locked(out: Path) -> bool:
    """Whether a runner is at work on `out`."""
    try:
        with lock(out):
            return False
    except RunnerError:
        return True


def detach(out: Path) -> bool:
    """Fork into the background, away from the terminal; True in the new process, which inherits the lock."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        print("started")
        return False
    os.setsid()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if os.fork():  # the session leader ends, so that no terminal can be taken
        os._exit(0)
    log = os.open(str(out.parent / "run.log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    null = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, null), (1, log), (2, log)):
        os.dup2(source, target)
    return True

"""Locks that the system lets go when their process dies, so that a kill leaves none behind.

They are those of `filelock`: held by one process, not by its children, and never through a symbolic link, which would
let whoever may write to the folder choose the file that is locked.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from errno import ELOOP
from pathlib import Path
from typing import TYPE_CHECKING

from nas.errors import UserError
from search_space.disk import append_record, cut_torn_line

if TYPE_CHECKING:
    from filelock import BaseFileLock

POLL_SECONDS = 0.005  # between two looks at a lock that somebody else holds


@contextmanager
def hold(folder: Path, *, hint: str = "wait or stop it") -> Iterator[None]:
    """Keep other processes of this program out of `folder`.

    Raises:
        UserError: another process holds it; says which, with a `hint` what to do.
    """
    from filelock import Timeout

    path = folder / ".lock"
    lock = _lock(path, on_acquired=_sign)
    try:
        _acquire(lock, path, blocking=False)
    except Timeout:
        raise UserError(f"{folder} is in use by process {_holder(path)}; {hint}") from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def holding(path: Path) -> Iterator[None]:
    """Hold `path` as a lock file, after whoever holds it now."""
    lock = _lock(path)
    _acquire(lock, path)
    try:
        yield
    finally:
        lock.release()


def is_held(path: Path) -> bool:
    """Whether some process holds `path`; a file that is not there is not held."""
    from filelock import Timeout

    if not os.path.lexists(path):
        return False
    lock = _lock(path)
    try:
        _acquire(lock, path, blocking=False)
    except Timeout:
        return True
    lock.release()
    return False


class AppendLock:
    """The right to append lines to `path`, one process at a time; half a line that a kill left is dropped first."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock_path = path.with_name(f".{path.name}.lock")
        self._lock = _lock(self._lock_path)

    def acquire(self) -> bool:
        """Wait until no other process holds it."""
        _acquire(self._lock, self._lock_path)
        cut_torn_line(self._path)
        return True

    def release(self) -> None:
        """Let others in."""
        self._lock.release()


def append_shared(path: Path, record: Mapping[str, object]) -> None:
    """`append_record`, whoever else appends."""
    lock = AppendLock(path)
    lock.acquire()
    try:
        append_record(path, record)
    finally:
        lock.release()


def need_locks(what: str) -> None:
    """Raise UserError on systems where nobody has tried to share files between processes."""
    if sys.platform == "win32":
        raise UserError(f"{what} needs the file locks of Linux or macOS; take --engine local")


def _lock(path: Path, on_acquired: Callable[[int], None] | None = None) -> "BaseFileLock":
    """A lock at `path`; a file system without locks is an error, since what would stand in outlives its process."""
    from filelock import FileLock

    return FileLock(path, poll_interval=POLL_SECONDS, fallback_to_soft=False, on_acquired=on_acquired)


def _acquire(lock: "BaseFileLock", path: Path, *, blocking: bool = True) -> None:
    """Wait for a lock, or look once.

    Raises:
        Timeout: somebody else holds it, and nothing was waited for.
        UserError: there is a link in its place.
    """
    try:
        lock.acquire(blocking=blocking)
    except OSError as error:
        if error.errno == ELOOP or path.is_symlink():
            raise UserError(f"{path} is a symbolic link, which no lock may be; delete it") from None
        raise


def _sign(handle: int) -> None:
    """Write into the lock's file which process holds it."""
    os.ftruncate(handle, 0)
    os.pwrite(handle, str(os.getpid()).encode(), 0)


def _holder(path: Path) -> str:
    """The process that wrote its number into the lock's file."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return "?"
    try:
        found = os.read(handle, 20).decode(errors="replace").strip()
    finally:
        os.close(handle)
    return found if found.isdigit() else "?"

"""Locks that the system releases when their process dies, so that a kill leaves none behind."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from nas.errors import UserError
from nas.files import append_record, cut_torn_line


class AppendLock:
    """The right to append lines to `path`, one process at a time; half a line that a kill left is dropped first."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def acquire(self) -> bool:
        """Wait until no other process holds it."""
        self._file = self._path.open("a+b")
        _lock(self._file)
        cut_torn_line(self._path)
        return True

    def release(self) -> None:
        """Let others in."""
        if self._file is not None:
            self._file.close()
            self._file = None


def append_shared(path: Path, record: Mapping[str, object]) -> None:
    """`append_record`, whoever else appends."""
    lock = AppendLock(path)
    lock.acquire()
    try:
        append_record(path, record)
    finally:
        lock.release()


@contextmanager
def holding(path: Path) -> Iterator[None]:
    """Hold `path` as a lock file, after whoever holds it now."""
    with path.open("ab") as file:
        _lock(file)
        yield


def is_held(path: Path) -> bool:
    """Whether some process holds `path`; a file that is not there is not held."""
    import fcntl

    try:
        file = path.open("rb")
    except FileNotFoundError:
        return False
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def need_locks(what: str) -> None:
    """Raise UserError on systems without these locks."""
    try:
        import fcntl  # noqa: F401
    except ImportError:
        raise UserError(f"{what} needs the file locks of Linux or macOS; take --engine local") from None


def _lock(file: BinaryIO) -> None:
    try:
        import fcntl
    except ImportError:  # Windows: no such lock
        return
    fcntl.flock(file, fcntl.LOCK_EX)

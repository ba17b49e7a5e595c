"""Files that are either the old or the new one, never half of it, and logs that lose at most their last line."""

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from nas.errors import UserError


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then put it in place; a failure leaves no file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def append_record(path: Path, record: Mapping[str, object]) -> None:
    """Add one line of JSON, which is on the disk when this returns; `read_lines` first cuts off a torn one."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record, sort_keys=True) + "\n")
        file.flush()
        os.fsync(file.fileno())


def read_lines(path: Path) -> list[str]:
    """The lines of a log, none where there is no file; a last line that a kill tore is cut off on the disk too."""
    if not path.exists():
        return []
    cut_torn_line(path)
    return path.read_bytes().decode("utf-8").split("\n")[:-1]


def cut_torn_line(path: Path) -> None:
    """Drop what follows the last line break."""
    if not path.exists() or not path.stat().st_size:
        return
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        if file.read(1) == b"\n":
            return
        file.seek(0)
        whole = file.read().rfind(b"\n") + 1
    os.truncate(path, whole)


def make_folder(path: Path) -> Path:
    """Create a folder to write to.

    Raises:
        UserError: it cannot be created or written to.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        (path / ".write-test").touch()
        (path / ".write-test").unlink()
    except OSError as error:
        raise UserError(f"cannot write to {path}: {error.strerror}") from None
    return path


@contextmanager
def hold(folder: Path, *, hint: str = "wait or stop it") -> Iterator[None]:
    """Keep other processes of this program out of `folder`; the system lets go when the process dies.

    Raises:
        UserError: another process holds it; says which, with a `hint` what to do.
    """
    try:
        import fcntl
    except ImportError:  # Windows: no such lock
        yield
        return
    path = folder / ".lock"
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read().strip() or "?"
            raise UserError(f"{folder} is in use by process {holder}; {hint}") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
        file.truncate(0)

"""Files of every package: written whole or not at all, JSON that is strict both ways, logs without a torn line.

It stands here because every other package may import from here.
"""

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

DEEPEST = 64  # nested lists and objects that a file may hold; what we write has less than ten
_BLOCK = 1 << 16  # bytes of a log's end that are looked through for a line break at a time


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a new file beside `path`, then put it in place; a failure leaves what was there.

    The content is on the disk before the name points to it. Where `path` is a symbolic link, the link is replaced and
    what it points to stays as it is.

    Raises:
        OSError: no such file can be written, or `write` left a link; names the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        _settle(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _settle(path: Path) -> None:
    """Make a file readable for others and wait until it is on the disk."""
    handle = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    try:
        path.chmod(0o644)
        os.fsync(handle)
    finally:
        os.close(handle)


def write_bytes(path: Path, content: bytes) -> None:
    """Write these bytes as `write_atomically` does: whole, or not at all."""
    write_atomically(path, lambda temporary: temporary.write_bytes(content))


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically, line breaks as they are."""
    write_bytes(path, text.encode())


def json_text(value: object, *, indent: int | None = 2, compact: bool = False) -> str:
    """JSON with sorted keys, a line break at its end; on one line where `indent` is None, `compact` without blanks.

    Raises:
        ValueError: a number is not finite, which JSON cannot say.
    """
    separators = (",", ":") if compact else None
    return json.dumps(value, indent=indent, sort_keys=True, separators=separators, allow_nan=False) + "\n"


def write_json(path: Path, value: object, *, indent: int | None = 2, compact: bool = False) -> None:
    """Write `json_text` atomically.

    Raises:
        ValueError: a number is not finite; names the file, of which nothing is written.
    """
    try:
        text = json_text(value, indent=indent, compact=compact)
    except ValueError as error:
        raise ValueError(f"{path} cannot be written: {error}") from None
    write_text(path, text)


def parse_json(text: str | bytes, source: object, *, finite: bool = True) -> Any:
    """The value of a JSON text, nothing in it nested deeper than `DEEPEST`; with `finite`, every number is.

    Raises:
        ValueError: anything else; names the `source`.
    """
    try:
        number = _finite if finite else float
        found = json.loads(text, parse_float=number, parse_constant=number)
    except RecursionError:
        raise ValueError(f"{source} is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"{source} is not JSON: {error}") from None
    level = [found]
    for _ in range(DEEPEST + 1):
        inner = (each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list))
        level = [each for values in inner for each in values]
        if not level:
            return found
    raise ValueError(f"{source} is nested too deeply")


def read_json(path: Path, *, finite: bool = True) -> Any:
    """`parse_json` of a file.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no such JSON; names the file.
    """
    return parse_json(path.read_bytes(), path, finite=finite)


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")) or number != number:
        raise ValueError(f"{text} is not a finite number")
    return number


def whole_lines(content: bytes) -> bytes:
    """What goes up to the last line break: a line that is being written, or that a kill tore, is left out."""
    return content[: content.rfind(b"\n") + 1]


def cut_torn_line(path: Path) -> None:
    """Drop what follows the last line break; no file, or one of whole lines, is left as it is."""
    if not path.exists():
        return
    with path.open("rb") as file:
        end = size = file.seek(0, os.SEEK_END)
        while end:
            start = max(0, end - _BLOCK)
            file.seek(start)
            if whole := whole_lines(file.read(end - start)):
                end = start + len(whole)
                break
            end = start
    if end < size:
        os.truncate(path, end)


def append_record(path: Path, record: Mapping[str, object]) -> None:
    """Add one line of JSON, which is on the disk when this returns; `read_lines` first cuts off a torn one.

    Raises:
        ValueError: a number is not finite.
    """
    line = json_text(record, indent=None)
    with path.open("a", encoding="utf-8") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def read_lines(path: Path) -> list[str]:
    """The lines of a log, none where there is no file; a last line that a kill tore is cut off on the disk too."""
    if not path.exists():
        return []
    cut_torn_line(path)
    return path.read_bytes().decode("utf-8").split("\n")[:-1]

"""Files and folders as `nas` uses them; how a file is written at all is said in `search_space.disk`."""

import tempfile
from pathlib import Path

from nas.disk.locks import hold
from nas.errors import UserError
from search_space.disk import (
    append_record,
    cut_torn_line,
    parse_json,
    read_json,
    read_lines,
    write_atomically,
    write_bytes,
    write_json,
    write_text,
)

__all__ = [
    "append_record",
    "cut_torn_line",
    "hold",
    "make_folder",
    "parse_json",
    "read_json",
    "read_lines",
    "write_atomically",
    "write_bytes",
    "write_json",
    "write_text",
]


def make_folder(path: Path) -> Path:
    """Create a folder to write to.

    Raises:
        UserError: it cannot be created or written to.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise UserError(f"cannot write to {path}: {error.strerror}") from None
    return path

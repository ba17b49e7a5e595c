"""Predictors on disk: JSON with a line for each field, refused by name when broken."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from search_space.disk import json_text, read_json, write_text

T = TypeVar("T")


def write_record(path: Path, record: dict[str, Any]) -> None:
    """Write `record` with sorted keys, one line each, in one step; folders are made.

    Raises:
        ValueError: a number is not finite; names the file.
    """
    try:
        lines = [f"{_line(key)}: {_line(value)}" for key, value in sorted(record.items())]
    except ValueError as error:
        raise ValueError(f"{path} cannot be written: {error}") from None
    write_text(path, "{\n" + ",\n".join(lines) + "\n}\n")


def _line(value: object) -> str:
    return json_text(value, indent=None).rstrip("\n")


def read_record(path: Path, what: str, build: Callable[[dict[str, Any]], T]) -> T:
    """What `build` makes of the file.

    Raises:
        ValueError: missing, not JSON, or not `what`; names the file.
    """
    try:
        record = read_json(path)
    except OSError as error:
        raise ValueError(f"cannot read {what.removeprefix('a ')} {path}: {error.strerror}") from None
    try:
        return build(record)
    except KeyError as error:
        raise ValueError(f"{path} is not {what}: {error} is missing") from None
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is not {what}: {error}") from None

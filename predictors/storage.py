"""Predictors on disk: JSON, written atomically, refused by name when broken."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


def write_json(path: Path, record: dict[str, Any]) -> None:
    """Write `record` with sorted keys, one line each; folders are made, an existing file is replaced in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    lines = [
        f"{json.dumps(key)}: {json.dumps(value, sort_keys=True, allow_nan=False)}"
        for key, value in sorted(record.items())
    ]
    temporary.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    temporary.replace(path)


def read_json(path: Path, what: str, build: Callable[[dict[str, Any]], T]) -> T:
    """What `build` makes of the file.

    Raises:
        ValueError: missing, not JSON, or not `what`; names the file.
    """
    try:
        return build(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ValueError(f"cannot read {what.removeprefix('a ')} {path}: {error.strerror}") from None
    except KeyError as error:
        raise ValueError(f"{path} is not {what}: {error} is missing") from None
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is not {what}: {error}") from None

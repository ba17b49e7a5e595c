"""Options in a data set's name: `fractals:classes=100,size=64`."""

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

Options = TypeVar("Options")
_PLAIN = re.compile(r"[-+.0-9eE]+")  # Python itself would also read "1_000", " 7" and "nan"
_ENGLISH: dict[type, str] = {int: "an integer", float: "a number"}


def parse_options(kind: type[Options], name: str, text: str) -> Options:
    """`text`, the part of a name after the colon, as a dataclass of integers and floats.

    Raises:
        ValueError: an option that is unknown, given twice, without a value or of another type; says what is known.
    """
    types: dict[str, type] = {field.name: type(field.default) for field in fields(kind)}  # type: ignore[arg-type]
    known = f"options of {name}: {', '.join(types) or 'none'}"
    values: dict[str, Any] = {}
    for part in text.split(",") if text else []:
        key, equals, value = part.partition("=")
        if not equals or not value:
            raise ValueError(f"{name}: expected option=value, found {part!r}; {known}")
        if key not in types:
            raise ValueError(f"{name}: unknown option {key!r}; {known}")
        if key in values:
            raise ValueError(f"{name}: option {key!r} is given twice")
        try:
            values[key] = types[key](value if _PLAIN.fullmatch(value) else "")
        except ValueError:
            raise ValueError(f"{name}: {key} must be {_ENGLISH[types[key]]}, found {value!r}") from None
    return kind(**values)


def name_with_options(name: str, options: object) -> str:
    """The shortest name that gives these options: those left at their defaults are not written."""
    changed = [
        f"{field.name}={value}"
        for field in fields(options)  # type: ignore[arg-type]
        if (value := getattr(options, field.name)) != field.default
    ]
    return f"{name}:{','.join(changed)}" if changed else name


def check_ranges(name: str, options: object, limits: Mapping[str, tuple[float, float]]) -> None:
    """Refuse values outside their closed ranges, by name."""
    for key, (low, high) in limits.items():
        value = getattr(options, key)
        if not low <= value <= high:
            raise ValueError(f"{name}: {key} must be from {low} to {high}, got {value}")

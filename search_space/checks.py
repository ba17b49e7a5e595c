"""Checks that name the field, the value found and the rule it breaks."""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches


def check_int(name: str, value: object, *, low: int, high: int = 1_000_000) -> None:
    """Raise ValueError unless `value` is an int in [low, high] (bool and float are not)."""
    if type(value) is not int or not low <= value <= high:
        raise ValueError(f"{name} must be an integer from {low} to {high}, got {value!r}")


def check_odd(name: str, value: object) -> None:
    """Raise ValueError unless `value` is an odd int from 1 to 31."""
    if type(value) is not int or not 1 <= value <= 31 or value % 2 == 0:
        raise ValueError(f"{name} must hold odd integers from 1 to 31, got {value!r}")


def check_kernel(value: object) -> None:
    """Raise ValueError unless `value` is an odd int from 1 to 31."""
    check_int("kernel", value, low=1, high=31)
    if value % 2 == 0:  # type: ignore[operator]
        raise ValueError(f"kernel must be odd, got {value}")


def check_bool(name: str, value: object) -> None:
    """Raise ValueError unless `value` is true or false."""
    if type(value) is not bool:
        raise ValueError(f"{name} must be true or false, got {value!r}")


def check_attention(value: object, known: Mapping[str, type]) -> None:
    """Raise ValueError unless `value` is None or the settings of a registered attention type."""
    if value is not None and type(value) not in known.values():
        raise ValueError(f"attention must be one of {', '.join(known)}, got {value!r}")


def check_known(name: str, value: object, known: Collection[str]) -> None:
    """Raise ValueError unless `value` is one of `known`."""
    if value not in known:
        raise ValueError(f"unknown {name} {value!r}; known: {', '.join(sorted(known))}")


def check_positive(name: str, value: object) -> None:
    """Raise ValueError unless `value` is a positive float below 1."""
    if not isinstance(value, float) or not 0 < value < 1:
        raise ValueError(f"{name} must be a float between 0 and 1, got {value!r}")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """` (did you mean 'jetson'?)` with the names that `name` may be a slip of, nothing where none is like it."""
    close = get_close_matches(name.lower(), list(known), n=3, cutoff=0.7)
    return f" (did you mean {' or '.join(map(repr, close))}?)" if close else ""

"""Quantities as users write them: latency budgets, durations and input resolutions."""

import re
from collections.abc import Mapping

from nas.errors import UserError

_MILLISECONDS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


def parse_budget(text: str) -> float:
    """Milliseconds of a latency budget such as `10ms`, `0.8 ms`, `250us` or `2s`.

    Raises:
        UserError: no unit, not a number, or not positive.
    """
    match = re.fullmatch(r"\s*([+-]?\d*\.?\d+(?:[eE][+-]?\d+)?)\s*([a-zA-Zµ]*)\s*", text)
    if match is None:
        raise UserError(f"--budget {text!r} is not a latency; write a number and a unit, such as 10ms")
    value, unit = float(match[1]), match[2].replace("µ", "u")
    if unit not in _MILLISECONDS:
        found = f"unit {unit!r}" if unit else "no unit"
        raise UserError(f"--budget {text!r} has {found}; known: us, ms, s (such as 10ms)")
    if value <= 0 or value * _MILLISECONDS[unit] > 1e9:
        raise UserError(f"--budget {text!r} must be positive and below 1e6 s, such as 10ms")
    return value * _MILLISECONDS[unit]


def parse_count(option: str, text: str) -> float:
    """A quantity such as `5M`, `500k`, `1.5G` or `12000`; thousands, millions and milliards.

    Raises:
        UserError: not a number, another letter, or not positive.
    """
    found = _positive(text, {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9})
    if found is None:
        raise UserError(f"{option} {text!r} is not a quantity; write 12000, 500k, 5M or 1.5G")
    return found


def parse_memory(text: str) -> float:
    """Units of 1e6 bytes of a memory limit such as `50MB` or `1.5GB`.

    Raises:
        UserError: no unit, not a number, or not positive.
    """
    found = _positive(text, {"kB": 1e-3, "MB": 1.0, "GB": 1e3})
    if found is None:
        raise UserError(f"--max-memory {text!r} is not a size; write a number and a unit: 800kB, 50MB, 1.5GB")
    return found


def _positive(text: str, units: Mapping[str, float]) -> float | None:
    """A positive number with one of `units` behind it, times that unit's size; None where it is no such thing."""
    match = re.fullmatch(rf"\s*(\d*\.?\d+)\s*({'|'.join(units)})\s*", text)
    return float(match[1]) * units[match[2]] if match and float(match[1]) else None


def parse_resolution(text: str, what: str = "--resolution") -> tuple[int, int]:
    """(height, width) in pixels of `256` or `1024x2048`; `what` it is the size of, for the error.

    Raises:
        UserError: anything else.
    """
    match = re.fullmatch(r"(\d{1,5})(?:x(\d{1,5}))?", text)
    if match is None or not int(match[1]) or match[2] == "0":
        raise UserError(f"{what} {text!r} is not a size in pixels, such as 256 or 1024x2048")
    return int(match[1]), int(match[2] or match[1])


def format_ms(value: float) -> str:
    """A latency for people, three significant digits: `9.87 ms`, `843 us`."""
    return f"{value * 1e3:.3g} us" if value < 0.1 else f"{value:.3g} ms" if value < 1e3 else f"{value:.0f} ms"


def parse_duration(text: str) -> float:
    """Seconds of a duration such as `90s`, `20min` or `1.5h`.

    Raises:
        UserError: no unit, not a number, or not positive.
    """
    found = _positive(text, {"s": 1.0, "min": 60.0, "h": 3600.0})
    if found is None:
        raise UserError(f"--time {text!r} is not a duration; write a number and a unit: 90s, 20min, 2h")
    return found


def format_seconds(value: float) -> str:
    """A duration for people: `45 s`, `12 min`, `3.5 h`."""
    if value < 90:
        return f"{value:.0f} s"
    return f"{value / 60:.0f} min" if value < 5400 else f"{value / 3600:.1f} h"

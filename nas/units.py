"""Quantities as users write them, and as they are shown: no more digits than their intervals allow."""

import re
from collections.abc import Callable, Mapping
from math import ceil, floor, isfinite, log10

from nas.errors import UserError

_MILLISECONDS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


def parse_budget(text: str) -> float:
    """Milliseconds of a latency budget such as `10ms`, `0.8 ms`, `250us` or `2s`.

    Raises:
        UserError: no unit, not a number, or not positive.
    """
    match = re.fullmatch(r"\s*([+-]?\d*\.?\d+(?:[eE][+-]?\d+)?)\s*([a-zA-Zµ]*)\s*", text)
    if match is None:
        raise _bad_budget(f"{text!r} is not a latency; write a number and a unit, such as 10ms")
    value, unit = float(match[1]), match[2].replace("µ", "u")
    if unit not in _MILLISECONDS:
        found = f"unit {unit!r}" if unit else "no unit"
        raise _bad_budget(f"{text!r} has {found}; known: us, ms, s (such as 10ms)")
    if value <= 0 or value * _MILLISECONDS[unit] > 1e9:
        raise _bad_budget(f"{text!r} must be positive and below 1e6 s, such as 10ms")
    return value * _MILLISECONDS[unit]


def _bad_budget(what: str) -> UserError:
    return UserError(f"budget {what}", fields=("budget",))


def parse_whole(text: str) -> int:
    """A whole number such as `5M`, `500k`, `1.5G` or `12000`; thousands, millions and milliards.

    Raises:
        ValueError: not a number, another letter, or not positive.
    """
    found = _positive(text, {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9})
    if found is None:
        raise ValueError(f"{text!r} is not a quantity; write 12000, 500k, 5M or 1.5G")
    return max(1, round(found))


def parse_memory(text: str) -> float:
    """Units of 1e6 bytes of a size such as `50MB` or `1.5GB`.

    Raises:
        ValueError: no unit, not a number, or not positive.
    """
    found = _positive(text, {"kB": 1e-3, "MB": 1.0, "GB": 1e3})
    if found is None:
        raise ValueError(f"{text!r} is not a size; write a number and a unit: 800kB, 50MB, 1.5GB")
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


def about_ms(value: float) -> str:
    """A latency without an interval, two significant digits: `9.9 ms`, `0.29 ms`, `1700 ms`, `12 us`."""
    return f"{_significant(value * 1e3, 2)} us" if value < 0.1 else f"{_significant(value, 2)} ms"


def format_signed(value: float) -> str:
    """A difference, two significant digits: `+1.1`, `-0.042`, `+120`, `0`."""
    return f"{'-' if value < 0 else '+'}{_significant(abs(value), 2)}" if value else "0"


def format_count(value: float) -> str:
    """Parameters or multiply-adds, three significant digits at most: `519 M`, `1.34 G`, `92.4 k`, `712`."""
    for size, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if float(f"{value:.3g}") >= size:
            return _significant(value / size, 3) + letter
    return f"{value:.0f}"


def format_memory(value_mb: float) -> str:
    """A size in units of 1e6 bytes, three significant digits at most: `45.3 MB`."""
    return f"{_significant(value_mb, 3)} MB"


def format_interval(value: float, low: float, high: float, unit: str = "") -> str:
    """A value with its interval: `3 ms (2 to 7)` of 3.1 from 2.0 to 6.9, `1.5 ms (1.3 to 1.7)` of 1.49."""
    middle, start, end = rounded(value, low, high)
    return f"{middle}{f' {unit}' if unit else ''} ({start} to {end})"


def format_latency(p50_ms: float, low_ms: float, high_ms: float) -> str:
    """A latency with its interval, `format_interval` in milliseconds or, below 0.1 ms, in microseconds."""
    scale, unit = (1e3, "us") if p50_ms < 0.1 else (1.0, "ms")
    return format_interval(p50_ms * scale, low_ms * scale, high_ms * scale, unit)


def rounded(value: float, low: float, high: float) -> tuple[str, str, str]:
    """The three numbers in decimal steps of at most half the interval, each with one significant digit at least.

    The ends are rounded outwards, so that an interval is never shown narrower than it is. Without a width to go by,
    three significant digits.

    Raises:
        ValueError: not finite, or the ends are in the wrong order.
    """
    if not (isfinite(value) and isfinite(low) and isfinite(high) and low <= high):
        raise ValueError(f"an interval needs finite ends in order, got {low} to {high} around {value}")
    if not high - low > 1e-9 * max(abs(low), abs(high)):
        return (_significant(value, 3),) * 3
    exponent = floor(log10((high - low) / 2) + _SLACK)
    return _in_steps(value, exponent, round), _in_steps(low, exponent, floor), _in_steps(high, exponent, ceil)


_SLACK = 1e-9  # of a step: 0.3 / 0.1 is not 3


def _in_steps(value: float, exponent: int, towards: Callable[[float], int]) -> str:
    """`value` in steps of 10**exponent, or of its own leading digit where that is smaller."""
    if value:
        exponent = min(exponent, floor(log10(abs(value)) + _SLACK))
    steps = value / 10.0**exponent
    near = round(steps)
    count = near if abs(steps - near) < _SLACK * max(1, abs(steps)) else towards(steps)
    return f"{count * 10.0**exponent:.{max(0, -exponent)}f}"


def _significant(value: float, digits: int) -> str:
    """So many significant digits, without powers of ten: `9.10`, `0.29`, `1700`."""
    near = float(f"{value:.{digits - 1}e}")
    decimals = digits - 1 - floor(log10(abs(near)) + _SLACK) if near else 0
    return f"{near:.{max(0, decimals)}f}"


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

"""Budgets and sizes as users write them."""

import numpy as np
import pytest

from nas.errors import UserError
from nas.units import (
    about_ms,
    format_count,
    format_interval,
    format_latency,
    format_ms,
    parse_budget,
    parse_memory,
    parse_resolution,
    parse_whole,
    rounded,
)


@pytest.mark.parametrize(
    ("text", "value_ms"), [("10ms", 10), ("0.8 ms", 0.8), ("2s", 2000), ("1us", 0.001), ("1e1ms", 10), (".5ms", 0.5)]
)
def test_budget(text: str, value_ms: float) -> None:
    assert parse_budget(text) == pytest.approx(value_ms)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("10", "has no unit; known: us, ms, s"),
        ("-3ms", "must be positive"),
        ("0ms", "must be positive"),
        ("10min", "has unit 'min'"),
        ("fast", "is not a latency"),
        ("nan ms", "is not a latency"),
        ("", "is not a latency"),
    ],
)
def test_bad_budget(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        parse_budget(text)


def test_resolution() -> None:
    assert parse_resolution("256") == (256, 256)
    assert parse_resolution("1024x2048") == (1024, 2048)
    with pytest.raises(UserError, match="is not a size in pixels"):
        parse_resolution("0")


def test_format() -> None:
    assert [format_ms(value) for value in (0.0123, 9.876, 1676.2)] == ["12.3 us", "9.88 ms", "1676 ms"]


@pytest.mark.parametrize(
    ("value", "low", "high", "shown"),
    [
        (3.1, 2.0, 6.9, "3 ms (2 to 7)"),
        (1.49, 1.34, 1.67, "1.5 ms (1.3 to 1.7)"),
        (1.6, 0.5, 5.0, "2 ms (0.5 to 5)"),  # tenfold
        (5.672, 5.081, 6.331, "5.7 ms (5.0 to 6.4)"),
        (3.1, 2.6, 3.8, "3.1 ms (2.6 to 3.8)"),
        (0.9, 0.3, 2.9, "0.9 ms (0.3 to 3)"),
        (9.99, 9.51, 10.41, "10.0 ms (9.5 to 10.5)"),
        (1676.2, 1500.0, 1900.0, "1700 ms (1500 to 1900)"),
        (0.0123, 0.0101, 0.0149, "12 us (10 to 15)"),
        (2.5, 2.5, 2.5, "2.50 ms (2.50 to 2.50)"),
        (0.3, 0.1, 0.3, "0.3 ms (0.1 to 0.3)"),
    ],
)
def test_a_latency_has_the_digits_that_its_interval_allows(value: float, low: float, high: float, shown: str) -> None:
    assert format_latency(value, low, high) == shown


def test_an_interval_of_any_unit() -> None:
    assert format_interval(84.68, 82.01, 87.36, "%") == "85 % (82 to 88)"
    assert format_interval(84.68, 84.2, 85.1, "%") == "84.7 % (84.2 to 85.1)"
    assert format_interval(0.4, -1.2, 2.0) == "0.4 (-2 to 2)"


@pytest.mark.parametrize("seed", range(20))
def test_an_interval_is_never_shown_narrower_than_it_is(seed: int) -> None:
    rng = np.random.default_rng(seed)
    low, value, high = np.sort(10 ** rng.uniform(-3, 4, 3)).tolist()
    middle, start, end = map(float, rounded(value, low, high))
    assert start <= low * (1 + 1e-9)
    assert end >= high * (1 - 1e-9)
    assert start <= middle <= end
    assert abs(middle - value) <= (high - low) / 4 * (1 + 1e-9)


@pytest.mark.parametrize(("low", "high"), [(2.0, 1.0), (float("nan"), 1.0), (1.0, float("inf"))])
def test_no_interval(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="finite ends in order"):
        rounded(1.5, low, high)


def test_counts_and_latencies_without_an_interval() -> None:
    counts = (712, 92_410, 999_900, 9_102_024, 519_200_000, 999_999_999, 1_336_000_000)
    assert [format_count(value) for value in counts] == [
        "712",
        "92.4 k",
        "1.00 M",
        "9.10 M",
        "519 M",
        "1.00 G",
        "1.34 G",
    ]
    assert [about_ms(value) for value in (0.0123, 0.287, 9.96, 33.2, 1676.2)] == [
        "12 us", "0.29 ms", "10 ms", "33 ms", "1700 ms"
    ]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), [("5M", 5e6), ("500k", 5e5), ("1.5G", 1.5e9), ("12000", 12000)])
def test_counts(text: str, value: float) -> None:
    assert parse_whole(text) == value


@pytest.mark.parametrize("text", ["5X", "", "-1", "0"])
def test_other_counts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a quantity; write 12000, 500k, 5M"):
        parse_whole(text)


def test_memory_needs_a_unit() -> None:
    assert parse_memory("1.5GB") == 1500
    with pytest.raises(ValueError, match="write a number and a unit"):
        parse_memory("50")

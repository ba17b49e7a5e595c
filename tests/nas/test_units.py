"""Budgets and sizes as users write them."""

import pytest

from nas.errors import UserError
from nas.units import format_ms, parse_budget, parse_resolution


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

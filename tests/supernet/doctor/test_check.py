"""Checks: what looking found, what it had nothing to look at, and what the examined code raised."""

from collections.abc import Callable

import pytest
from torch import Tensor

from supernet.attention.linear import LinearAttentionBlock
from supernet.doctor import Check, CounterexampleError, NotApplicableError, Verdict


def look(subject: str) -> str | None:
    if subject == "bad":
        raise CounterexampleError("here", expected=1, found=2)
    if subject == "empty":
        raise NotApplicableError("nothing to see")
    if subject == "broken":
        raise RuntimeError("not\n  today")
    return "3 things" if subject == "good" else None


CHECK = Check(name="look", sentence="all is well", look=look)


@pytest.mark.parametrize(
    ("subject", "passed", "note", "example"),
    [
        ("good", True, "3 things", ("", "", "")),
        ("silent", True, "", ("", "", "")),
        ("bad", False, "", ("here", "1", "2")),
        ("empty", None, "nothing to see", ("", "", "")),
    ],
)
def test_verdicts(subject: str, passed: bool | None, note: str, example: tuple[str, str, str]) -> None:
    found = CHECK.run(subject)
    assert (found.name, found.sentence, found.passed, found.note) == ("look", "all is well", passed, note)
    assert (found.where, found.expected, found.found) == example


def test_an_error_is_an_example_with_its_place() -> None:
    found = CHECK.run("broken")
    assert found.passed is False
    assert "test_check.py, line " in found.where
    assert (found.expected, found.found) == ("no error", "RuntimeError: not today")


def test_a_verdict_is_written_with_all_of_its_fields() -> None:
    verdict = CHECK.run("bad")
    assert Verdict(**verdict.to_dict()) == verdict


def test_a_counterexample_says_all_three() -> None:
    assert str(CounterexampleError("there", expected="a", found="b")) == "there: expected a, found b"


def test_what_a_part_raises_is_reported_with_its_place(
    planted: pytest.MonkeyPatch, verdict: Callable[..., Verdict]
) -> None:
    def forward(self: LinearAttentionBlock, x_BCHW: Tensor) -> Tensor:
        raise RuntimeError("not today")

    planted.setattr(LinearAttentionBlock, "forward", forward)
    found = verdict("macs")
    assert found.passed is False
    assert "test_check.py, line " in found.where
    assert found.found == "RuntimeError: not today"

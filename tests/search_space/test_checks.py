"""Names that may be a slip of others."""

import pytest

from search_space import named_space
from search_space.checks import did_you_mean


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("efficentvit", " (did you mean 'efficientvit'?)"),
        ("DIGITS", " (did you mean 'digits'?)"),
        ("moon", ""),
        ("", ""),
    ],
)
def test_hint(name: str, hint: str) -> None:
    assert did_you_mean(name, ("efficientvit", "digits")) == hint


def test_a_space_is_suggested() -> None:
    with pytest.raises(
        ValueError,
        match=r"unknown space 'digit' \(did you mean 'digits'\?\); known: efficientvit, efficientvit-l, digits",
    ):
        named_space("digit")

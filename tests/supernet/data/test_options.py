"""Options in names are read strictly and written back."""

from dataclasses import dataclass

import pytest

from supernet.data.options import check_ranges, name_with_options, parse_options


@dataclass(frozen=True, kw_only=True)
class Some:
    classes: int = 10
    noise: float = 0.5

    def __post_init__(self) -> None:
        check_ranges("some", self, {"classes": (2, 100), "noise": (0, 1)})


@pytest.mark.parametrize("options", [Some(), Some(classes=3), Some(classes=7, noise=0.25)])
def test_a_name_gives_its_options_back(options: Some) -> None:
    name, _, text = name_with_options("some", options).partition(":")
    assert (name, parse_options(Some, "some", text)) == ("some", options)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("clases=3", "unknown option 'clases'; options of some: classes, noise"),
        ("classes", "expected option=value, found 'classes'"),
        ("classes=", "expected option=value, found 'classes='"),
        ("classes=3,", "expected option=value, found ''"),
        ("classes=3,classes=4", "option 'classes' is given twice"),
        ("classes=3.5", "classes must be an integer, found '3.5'"),
        ("classes=1_0", "classes must be an integer, found '1_0'"),
        ("noise=nan", "noise must be a number, found 'nan'"),
        ("classes=1", "classes must be from 2 to 100, got 1"),
    ],
)
def test_bad_options_are_named(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_options(Some, "some", text)

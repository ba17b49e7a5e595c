"""Logarithmic axes with plain numbers."""

import pytest
from matplotlib.figure import Figure

from nas.axes import log_ms


@pytest.mark.parametrize(("high", "labelled"), [(20.0, {1, 2, 5, 10, 20}), (400.0, {1, 10, 100})])
def test_two_and_five_are_labelled_where_there_is_room(high: float, labelled: set[float]) -> None:
    axes = Figure().subplots()
    log_ms(axes.xaxis, 1.0, high)
    axes.set_xlim(1.0, high)
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "linear")
    assert {round(each, 9) for each in axes.get_xticks() if 1 <= each <= high} == labelled


def test_labels_are_plain_numbers() -> None:
    axes = Figure().subplots()
    log_ms(axes.yaxis, 0.1, 1000.0)
    assert axes.get_yscale() == "log"
    major, minor = axes.yaxis.get_major_formatter(), axes.yaxis.get_minor_formatter()
    assert [major(each, 0) for each in (0.5, 20.0, 1000.0)] == ["0.5", "20", "1000"]
    assert minor(3.0, 0) == ""

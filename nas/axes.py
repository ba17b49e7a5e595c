"""Axes of the pictures: latencies on a logarithmic scale with plain numbers."""

from typing import Any

DECADES_WITH_ALL = 1.5  # factors of ten up to which 2 and 5 are labelled beside 1


def log_ms(axis: Any, low: float, high: float) -> None:
    """Make a matplotlib axis logarithmic, labelled 1, 2, 5, 10 where there is room, in plain numbers."""
    import matplotlib as mpl

    axis.axes.set(**{f"{axis.axis_name}scale": "log"})
    axis.set_major_formatter(mpl.ticker.FormatStrFormatter("%g"))
    axis.set_minor_formatter(mpl.ticker.NullFormatter())
    if high < 10**DECADES_WITH_ALL * low:
        axis.set_major_locator(mpl.ticker.LogLocator(subs=(1, 2, 5)))

"""Fused inverted bottlenecks against counts by hand."""

import pytest

from search_space.blocks import FusedMBConv, FusedMBConvChoices

SHAPE = (8, 4, 6)  # 24 pixels, 16 channels inside


@pytest.mark.parametrize(("fewer_norm", "parameters"), [(False, 1152 + 32 + 128 + 16), (True, 1152 + 16 + 128 + 16)])
def test_counts_by_hand(fewer_norm: bool, parameters: int) -> None:
    found = FusedMBConv(expand=2, fewer_norm=fewer_norm).cost(SHAPE, "hswish")
    assert (found.macs_dense, found.macs_pointwise, found.macs_grouped) == (8 * 16 * 9 * 24, 16 * 8 * 24, 0)
    assert (found.parameters, found.kernels, found.smooth_elements) == (parameters, 2, 16 * 24)


def test_choices() -> None:
    choices = FusedMBConvChoices(expands=(2, 4), fewer_norm=True)
    assert choices.genes() == {"expand": (2, 4), "kernel": (3,)}
    assert choices.decode({"expand": 1, "kernel": 0}, None) == FusedMBConv(expand=4, fewer_norm=True)


def test_in_words() -> None:
    assert FusedMBConv(expand=4).describe() == "fused MBConv, expand 4, kernel 3"

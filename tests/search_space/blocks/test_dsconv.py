"""Depthwise separable convolutions against counts by hand."""

import pytest

from search_space.blocks import DSConv, DSConvChoices

SHAPE = (8, 4, 6)  # 24 pixels


@pytest.mark.parametrize(("fewer_norm", "parameters"), [(False, 72 + 16 + 64 + 16), (True, 72 + 8 + 64 + 16)])
def test_counts_by_hand(fewer_norm: bool, parameters: int) -> None:
    found = DSConv(fewer_norm=fewer_norm).cost(SHAPE, "hswish")
    assert (found.macs_grouped, found.macs_pointwise) == (8 * 9 * 24, 8 * 8 * 24)
    assert (found.parameters, found.weights, found.kernels) == (parameters, 72 + 8 + 64 + 8, 2)
    assert found.smooth_elements == 8 * 24


def test_the_kernel_is_depthwise() -> None:
    five, three = DSConv(kernel=5).cost(SHAPE, "relu"), DSConv().cost(SHAPE, "relu")
    assert five.macs - three.macs == 8 * (25 - 9) * 24


def test_choices_keep_the_norms_of_the_space() -> None:
    choices = DSConvChoices(kernels=(3, 5), fewer_norm=True)
    assert choices.genes() == {"kernel": (3, 5)}
    assert choices.decode({"kernel": 1}, None) == DSConv(kernel=5, fewer_norm=True)
    assert list(choices.covering(None)) == [DSConv(kernel=5, fewer_norm=True)]


def test_even_kernels_are_refused() -> None:
    with pytest.raises(ValueError, match="kernel must be odd, got 4"):
        DSConv(kernel=4)

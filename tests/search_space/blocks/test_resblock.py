"""Residual blocks against counts by hand."""

import pytest

from search_space.blocks import ResBlock, ResBlockChoices


@pytest.mark.parametrize(("fewer_norm", "parameters"), [(False, 2 * (576 + 16)), (True, 576 + 8 + 576 + 16)])
def test_counts_by_hand(fewer_norm: bool, parameters: int) -> None:
    found = ResBlock(fewer_norm=fewer_norm).cost((8, 4, 6), "hswish")
    assert found.macs == found.macs_dense == 2 * 8 * 8 * 9 * 24
    assert (found.parameters, found.weights) == (parameters, 2 * (576 + 8))
    assert found.smooth_elements == 8 * 24


def test_choices() -> None:
    choices = ResBlockChoices(kernels=(3, 5))
    assert choices.decode({"kernel": 1}, None) == ResBlock(kernel=5)


def test_it_is_another_kind_of_block_than_its_name_alone() -> None:
    assert (ResBlock().traits, ResBlock().bank) == ({"residual_conv"}, "resblock")

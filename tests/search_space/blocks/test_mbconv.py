"""Inverted bottlenecks against counts by hand."""

import pytest

from search_space.blocks import MBConv, MBConvChoices

SHAPE = (8, 4, 6)  # 24 pixels, 16 channels inside


@pytest.mark.parametrize(
    ("fewer_norm", "parameters"), [(False, 128 + 32 + 144 + 32 + 128 + 16), (True, 128 + 16 + 144 + 16 + 128 + 16)]
)
def test_counts_by_hand(fewer_norm: bool, parameters: int) -> None:
    found = MBConv(expand=2, fewer_norm=fewer_norm).cost(SHAPE, "hswish")
    assert (found.macs_pointwise, found.macs_grouped) == (2 * 8 * 16 * 24, 16 * 9 * 24)
    assert (found.parameters, found.weights) == (parameters, 128 + 16 + 144 + 16 + 128 + 8)
    assert found.smooth_elements == 2 * 16 * 24


def test_choices() -> None:
    choices = MBConvChoices(expands=(2, 4), kernels=(3, 5))
    assert choices.decode({"expand": 1, "kernel": 0}, None) == MBConv(expand=4)
    assert list(choices.covering(None)) == [MBConv(expand=4, kernel=5)]


def test_there_is_no_room_for_attention() -> None:
    block = MBConv(expand=2)
    assert block.attention is None
    assert block.with_attention(None) is block


def test_bad_settings_are_named() -> None:
    with pytest.raises(ValueError, match="expand must be an integer from 1 to 1000000, got 0"):
        MBConv(expand=0)
    with pytest.raises(ValueError, match="fewer_norm must be true or false, got 1"):
        MBConv(fewer_norm=1)  # type: ignore[arg-type]

"""The head of the MIT family against counts by hand."""

from dataclasses import replace

import pytest

from search_space import MitHead

HEAD = MitHead(widths=(24, 32), classes=10)


def test_counts_by_hand() -> None:
    """The convolution sees the map, the linear layers one vector; only the last level is read."""
    found = HEAD.cost(((4, 9, 9), (8, 2, 3)), "hswish")
    assert found.macs == found.macs_pointwise == 8 * 24 * 6 + 24 * 32 + 32 * 10
    assert found.parameters == (192 + 48) + 768 + 64 + (320 + 10)
    assert (found.kernels, found.smooth_elements) == (3, 24 * 6 + 32)


def test_settings_that_can_be_changed() -> None:
    assert HEAD.for_classes(7) == replace(HEAD, classes=7)
    assert HEAD.with_conv_norm_eps(1e-5).conv_norm_eps == 1e-5
    assert HEAD.with_conv_norm_eps(1e-5).with_conv_norm_eps(None) == HEAD


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"widths": (0, 32)}, "head widths must be an integer from 1"),
        ({"classes": 0}, "classes must be an integer from 1"),
        ({"conv_norm_eps": 1}, "conv_norm_eps must be a float between 0 and 1, got 1"),
    ],
)
def test_bad_settings_are_named(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MitHead(**{"widths": (24, 32), **change})  # type: ignore[arg-type]


def test_in_words() -> None:
    assert HEAD.describe() == "convolution to 24, dense to 32"

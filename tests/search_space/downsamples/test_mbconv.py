"""The inverted bottleneck of stride 2 against counts by hand on an odd map."""

import pytest

from search_space.downsamples import MBConvDownsample


@pytest.mark.parametrize(
    ("fewer_norm", "parameters"), [(False, 32 + 16 + 72 + 16 + 48 + 12), (True, 32 + 8 + 72 + 8 + 48 + 12)]
)
def test_counts_by_hand(fewer_norm: bool, parameters: int) -> None:
    """4 to 6 channels by 8 inside, 5x7 to 3x4: the expansion sees 35 pixels, the rest 12."""
    found = MBConvDownsample(expand=2, fewer_norm=fewer_norm).cost((4, 5, 7), 6, "hswish")
    assert (found.macs_pointwise, found.macs_grouped) == (4 * 8 * 35 + 8 * 6 * 12, 8 * 9 * 12)
    assert (found.parameters, found.smooth_elements) == (parameters, 8 * (35 + 12))


def test_in_words() -> None:
    assert MBConvDownsample(expand=4).describe() == "MBConv, expansion 4"
    assert MBConvDownsample().describe() == "MBConv"


def test_bad_settings_are_named() -> None:
    with pytest.raises(ValueError, match="downsample_expand must be an integer from 1"):
        MBConvDownsample(expand=0)

"""The convolution that halves the map, against counts by hand."""

import pytest

from search_space.downsamples import ConvDownsample


@pytest.mark.parametrize(("height", "width", "pixels"), [(6, 8, 12), (5, 7, 12), (1, 1, 1)])
def test_counts_by_hand(height: int, width: int, pixels: int) -> None:
    found = ConvDownsample().cost((3, height, width), 8, "hswish")
    assert found.macs == found.macs_dense == 3 * 8 * 9 * pixels
    assert (found.parameters, found.smooth_elements) == (3 * 8 * 9 + 16, 8 * pixels)


def test_it_has_no_settings() -> None:
    assert ConvDownsample() == ConvDownsample.small()
    assert ConvDownsample().describe() == "convolution"

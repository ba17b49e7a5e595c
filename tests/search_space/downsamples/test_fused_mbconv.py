"""The fused bottleneck of stride 2 against counts by hand on an odd map."""

import pytest

from search_space.downsamples import FusedMBConvDownsample


@pytest.mark.parametrize(("fewer_norm", "parameters"), [(False, 288 + 16 + 48 + 12), (True, 288 + 8 + 48 + 12)])
def test_counts_by_hand(fewer_norm: bool, parameters: int) -> None:
    """4 to 6 channels by 8 inside, 5x7 to 3x4: nothing sees the larger map."""
    found = FusedMBConvDownsample(expand=2, fewer_norm=fewer_norm).cost((4, 5, 7), 6, "hswish")
    assert (found.macs_dense, found.macs_pointwise) == (4 * 8 * 9 * 12, 8 * 6 * 12)
    assert (found.parameters, found.smooth_elements) == (parameters, 8 * 12)


def test_in_words() -> None:
    assert FusedMBConvDownsample(expand=16).describe() == "fused MBConv, expansion 16"

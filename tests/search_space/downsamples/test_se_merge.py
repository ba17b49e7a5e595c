"""Merging with squeeze-and-excitation against counts by hand."""

from search_space.costs import mixing_pair
from search_space.downsamples import SEMerge


def test_counts_by_hand() -> None:
    """8 to 6 channels by 16 inside, 5x7 to 3x4; 16 channels are squeezed to 8."""
    found = SEMerge(expand=2).cost((8, 5, 7), 6, "relu")
    before = (8 * 9 * 35, 2 * 8 * 16 * 35)
    after = (6 * 9 * 12, 2 * 6 * 12 * 12)
    assert found.macs_grouped == before[0] + 16 * 9 * 12 + after[0]
    assert found.macs_pointwise == before[1] + 8 * 16 * 35 + 2 * 16 * 8 + 16 * 6 * 12 + after[1]
    bottleneck = (128 + 32) + (144 + 32) + (128 + 8 + 128 + 16) + (96 + 12)
    pairs = mixing_pair((8, 5, 7), 3, 2, "relu") + mixing_pair((6, 3, 4), 3, 2, "relu")
    assert found.parameters == bottleneck + pairs.parameters
    assert found.kernels == 3 + 3 + 2 + 3


def test_it_has_a_trait_that_no_convolution_has() -> None:
    assert SEMerge().traits == {"squeeze_excite"}
    assert SEMerge(expand=4).describe() == "merging with squeeze-excitation, expansion 4"

"""Patches: counts by hand, on a map that 4 does not divide."""

from search_space.downsamples import PatchEmbed


def test_counts_by_hand() -> None:
    """3 channels on 9x8: 3x2 patches of 48 numbers, to 10 channels."""
    found = PatchEmbed().cost((3, 9, 8), 10, "relu")
    assert found.macs_dense == 48 * 10 * 6
    assert found.parameters == 480 + 20
    assert found.activations == 3 * 72 + 10 * 6
    assert PatchEmbed().stride == 4

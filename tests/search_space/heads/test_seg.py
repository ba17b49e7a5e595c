"""The segmentation head against counts by hand, and the levels that it needs."""

import pytest

from search_space import ArchConfig, LevelConfig, SegHead

FEATURES = ((16, 1, 2), (12, 2, 4), (8, 4, 8))  # strides 32, 16 and 8
INPUTS = 16 * 8 * 2 + 12 * 8 * 8 + 8 * 8 * 32


@pytest.mark.parametrize(
    ("block", "dense", "grouped", "pointwise"),
    [("mbconv", 0, 32 * 9 * 32, 2 * 8 * 32 * 32), ("fused_mbconv", 8 * 32 * 9 * 32, 0, 32 * 8 * 32)],
)
def test_counts_by_hand(block: str, dense: int, grouped: int, pointwise: int) -> None:
    found = SegHead(width=8, depth=1, block=block, classes=5).cost(FEATURES, "relu")
    assert (found.macs_dense, found.macs_grouped) == (dense, grouped)
    assert found.macs_pointwise == INPUTS + pointwise + 8 * 5 * 32


def test_the_final_convolution_widens_what_is_classified() -> None:
    bare, wide = (SegHead(width=8, depth=0, final_expand=expand, classes=5) for expand in (0, 2))
    assert bare.cost(FEATURES, "relu").macs == INPUTS + 8 * 5 * 32
    assert wide.cost(FEATURES, "relu").macs == INPUTS + (8 * 16 + 16 * 5) * 32
    assert bare.cost(FEATURES, "relu").parameters == (16 + 12 + 8) * 8 + 3 * 16 + 8 * 5 + 5


def test_a_network_without_the_levels_that_it_reads_is_refused() -> None:
    level = LevelConfig(stride=2, width=8)
    with pytest.raises(ValueError, match=r"the seg head reads strides \(32, 16, 8\), the levels are \(2,\)"):
        ArchConfig(levels=(level,), head=SegHead(width=8, depth=1))


def test_bad_settings_are_named() -> None:
    with pytest.raises(ValueError, match="unknown head block 'evit'; known: fused_mbconv, mbconv"):
        SegHead(width=8, depth=1, block="evit")


def test_in_words() -> None:
    assert SegHead(width=64, depth=1).describe() == "segmentation, 1 block of 64 channels"
    assert SegHead(width=64, depth=3).describe() == "segmentation, 3 blocks of 64 channels"

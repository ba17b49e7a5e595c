"""Cascaded group attention: counts by hand, windows that fit their map, heads that divide the width."""

import pytest

from search_space import CascadedGroupAttention
from search_space.attention import CascadedGroupAttentionChoices

ATTENTION = CascadedGroupAttention(heads=2, key_dim=4, window=4, query_kernels=(3, 5))


def test_counts_by_hand_on_one_window() -> None:
    """8 channels on 4x4: two heads of 4 channels with 4 + 4 + 4 rows, 16 tokens."""
    found = ATTENTION.cost(8, 4, 4, "hswish")
    assert found.macs_pointwise == (2 * 4 * 12 + 8 * 8) * 16
    assert found.macs_grouped == 4 * (9 + 25) * 16
    assert found.macs_attention == 2 * 2 * (16 * 16 * 4)
    assert found.parameters == 2 * (48 + 24) + (36 + 8) + (100 + 8) + 2 * 16 + (64 + 16)
    assert found.softmax_elements == 2 * 16 * 16
    assert (found.cascade_steps, found.cascaded_blocks, found.padded_elements) == (1, 1, 0)
    assert found.smooth_elements == 8 * 16


def test_a_table_of_distances_is_expanded_to_pairs_when_folded() -> None:
    found = ATTENTION.cost(8, 4, 4, "relu")
    assert found.weights == 2 * (48 + 12) + (36 + 4) + (100 + 4) + 2 * 16 * 16 + (64 + 8)


def test_maps_are_padded_to_whole_windows() -> None:
    """5 rows take two windows of 4: 8x4 pixels, 12 of them padding, and a layout change on either side."""
    padded, whole = ATTENTION.cost(8, 5, 4, "relu"), ATTENTION.cost(8, 8, 4, "relu")
    assert padded.padded_elements == 8 * (32 - 20)
    assert padded.macs == whole.macs
    assert padded.attention_kernels == ATTENTION.cost(8, 4, 4, "relu").attention_kernels + 2


@pytest.mark.parametrize(("height", "width", "window"), [(14, 14, 4), (3, 3, 3), (2, 4, 4), (1, 2, 2)])
def test_windows_shrink_to_the_longer_side_of_a_small_map(height: int, width: int, window: int) -> None:
    assert ATTENTION.at(8, height, width).window == window


def test_heads_divide_the_width() -> None:
    with pytest.raises(ValueError, match="needs width % heads == 0, got 9 and 2"):
        ATTENTION.at(9, 7, 7)


@pytest.mark.parametrize("kernels", [(), (3,), (3, 3, 3)])
def test_query_kernels_are_one_per_head(kernels: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="one kernel per head"):
        CascadedGroupAttention(heads=2, query_kernels=kernels)


@pytest.mark.parametrize(("width", "heads"), [(12, 4), (18, 3), (16, 4), (14, 2), (7, 1)])
def test_heads_that_do_not_divide_become_the_next_fewer(width: int, heads: int) -> None:
    choices = CascadedGroupAttentionChoices(
        heads=(2, 3, 4), key_dims=(8,), windows=(7,), query_kernels=((3, 3, 3, 3), (7, 5, 3, 3))
    )
    found = choices.decode({"heads": 2, "key_dim": 0, "window": 0, "query_kernels": 1}, width)
    assert (found.heads, found.query_kernels) == (heads, (7, 5, 3, 3)[:heads])


def test_in_words() -> None:
    assert ATTENTION.describe() == "cascaded group attention, 2 heads, window 4"
    assert ATTENTION.name_in_words == "cascaded group attention"

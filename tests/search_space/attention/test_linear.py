"""Linear attention: counts by hand on both sides of its two ways to multiply, and what its genes mean."""

import pytest

from search_space import LinearAttention
from search_space.attention import LinearAttentionChoices

ATTENTION = LinearAttention(heads=2, head_dim=4, scales=(3,))


def test_counts_by_hand_where_the_tokens_outnumber_the_channels() -> None:
    """8 channels on 4x4: one copy of 24 for q, k and v, one scale, 2 x 2 heads of 4."""
    found = ATTENTION.cost(8, 4, 4, "hswish")
    assert found.macs_pointwise == (8 * 24 + 16 * 8) * 16
    assert found.macs_grouped == (24 * 9 + 24 * 4) * 16
    assert found.macs_attention == 2 * (4 * 5 * 4 * 16)
    assert found.parameters == 8 * 24 + 24 * 9 + 24 * 4 + 16 * 8 + 2 * 8
    assert (found.linear_blocks, found.mixing_kernels, found.smooth_elements) == (1, 1, 0)


def test_few_tokens_are_multiplied_with_one_another() -> None:
    found = ATTENTION.cost(8, 2, 2, "relu")
    assert found.macs_attention == 4 * (4 * 4 * 4) * 2
    assert found.parameters == ATTENTION.cost(8, 4, 4, "relu").parameters


def test_a_scale_adds_its_branch_and_its_columns() -> None:
    without = LinearAttention(heads=2, head_dim=4, scales=()).cost(8, 4, 4, "relu")
    added = ATTENTION.cost(8, 4, 4, "relu").parameters - without.parameters
    assert added == 24 * 9 + 24 * 4 + 8 * 8


@pytest.mark.parametrize("scales", [(5, 3), (3, 3)])
def test_scales_are_ascending(scales: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="distinct and ascending"):
        LinearAttention(heads=1, head_dim=8, scales=scales)


def test_even_scales_are_refused() -> None:
    with pytest.raises(ValueError, match="scales must hold odd integers from 1 to 31, got 4"):
        LinearAttention(heads=1, head_dim=8, scales=(4,))


@pytest.mark.parametrize(
    ("width", "ratio", "heads"), [(32, 1, 4), (32, 0, 2), (24, 0, 1), (12, 1, 1), (12, 0, 1), (4, 0, 1)]
)
def test_heads_are_a_share_of_the_width_and_at_least_one(width: int, ratio: int, heads: int) -> None:
    choices = LinearAttentionChoices(head_dims=(8,), head_ratios=(0.5, 1.0), scales=((), (3, 5)))
    found = choices.decode({"head_dim": 0, "head_ratio": ratio, "scales": 1}, width)
    assert found == LinearAttention(heads=heads, head_dim=8, scales=(3, 5))


def test_the_bank_depends_on_the_channels_per_head() -> None:
    assert ATTENTION.bank == "linear-d4"
    assert LinearAttention(heads=9, head_dim=4, scales=()).bank == ATTENTION.bank


def test_in_words() -> None:
    whole, bare = (LinearAttention(heads=n, head_dim=16, scales=scales) for n, scales in ((8, (3, 5)), (1, ())))
    assert whole.describe() == "linear attention, 8 heads x 16, scales 3+5"
    assert bare.describe() == "linear attention, 1 head x 16, scales none"

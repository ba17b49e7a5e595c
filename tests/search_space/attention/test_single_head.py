"""Single-head attention: counts by hand, and what its genes mean."""

import pytest

from search_space.attention import SingleHeadAttention, SingleHeadChoices

ATTENTION = SingleHeadAttention(channels=4, key_dim=2)


def test_counts_by_hand() -> None:
    """12 channels on 3x3, of which 4 are attended: 2 + 2 + 4 rows of q, k and v."""
    found = ATTENTION.cost(12, 3, 3, "relu")
    assert found.macs_pointwise == (4 * 8 + 12 * 12) * 9
    assert found.macs_attention == 9 * 2 * 9 + 4 * 9 * 9
    assert found.parameters == 2 * 4 + (4 * 8 + 2 * 8) + (12 * 12 + 2 * 12)
    assert (found.softmax_elements, found.cascade_steps, found.padded_elements) == (81, 0, 0)


def test_shares_are_of_the_width_and_at_least_one_channel() -> None:
    choices = SingleHeadChoices(shares=(0.25, 0.5), key_dims=(8, 16))
    assert choices.decode({"share": 0, "key_dim": 1}, 30) == SingleHeadAttention(channels=7, key_dim=16)
    assert choices.decode({"share": 0, "key_dim": 0}, 2) == SingleHeadAttention(channels=1, key_dim=8)


def test_it_attends_no_more_channels_than_there_are() -> None:
    assert ATTENTION.at(4, 7, 7) == ATTENTION
    with pytest.raises(ValueError, match="of 4 channels needs as many, got 3"):
        ATTENTION.at(3, 7, 7)

"""`efficientvit`: sizes of its levels by hand, and both families inside."""

import pytest

from search_space import PUBLISHED
from search_space.spaces.efficientvit import efficientvit


def test_levels_of_convolutions_by_hand() -> None:
    """Stride 2: 3x3 depthwise; strides 4 and 8: four expansions by two kernels, three downsamples."""
    first, second, third, *_ = efficientvit().levels
    assert first.size == 4 * (1 + 2)
    assert second.size == 5 * (1 + 3 * 8) * 3
    assert third.size == 5 * (1 + 5 * 8) * 3


def test_the_last_level_by_hand() -> None:
    """Heads of 16 or 32 channels, all or half of them, 5 sets of scales; cascaded heads as far as they divide.

    192 and 384 channels take 2, 3 or 4 heads, 224, 256 and 320 take 2 or 4. Two heads see the first two kernels of a
    pattern, so that all three patterns stay distinct. Two blocks by 4 expansions and 3 kernels.
    """
    last = efficientvit().levels[-1]
    linear, cascaded = 2 * 2 * 5, 2 * 2 * 3
    attentions = 5 * (1 + linear) + (2 * 3 + 3 * 2) * cascaded
    assert last.optional
    assert last.size == 4 * 2 * 12 * attentions * 3 + 1


def test_both_families_are_members() -> None:
    space = efficientvit()
    known = {name for name in PUBLISHED if "-seg-" not in name and name.startswith(("mit-b", "msra-"))}
    assert set(space.members) == known
    assert space.of_imagenet


@pytest.mark.parametrize("level", range(6))
def test_choices_go_from_cheap_to_expensive(level: int) -> None:
    choices = efficientvit().levels[level]
    assert list(choices.widths) == sorted(choices.widths)
    assert list(choices.depths) == sorted(choices.depths)

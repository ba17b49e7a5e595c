"""`efficientvit-l`: sizes by hand, and the L models as it has them."""

from search_space import named_space
from search_space.spaces.efficientvit_l import efficientvit_l


def test_the_number_of_levels_by_hand() -> None:
    """Stride 2: depthwise 3x3 or residual; strides 4 and 8: four expansions, fused or not, four downsamples."""
    first, second, third, *_ = efficientvit_l().levels
    assert first.size == 4 * (1 + 2 * 2)
    assert second.size == 5 * (1 + 3 * 8) * 4
    assert third.size == 5 * (1 + 4 * 8) * 4


def test_the_first_deep_level_by_hand() -> None:
    """Expansions times kernels is 6. Heads of 16 or 32 channels divide every width but the last, 320, alike."""
    deep = efficientvit_l().levels[3]
    assert (len(deep.downsamples), deep.depths) == (3, (1, 2, 3, 4, 6, 8, 10))
    linear, cascaded = 2 * 2 * 5, 2 * 2 * 3 * 3
    assert deep.size == 5 * 7 * 6 * (1 + linear + cascaded) * 3


def test_convolutions_of_the_fused_levels_are_3x3() -> None:
    assert [level.choices["kernel"] for level in efficientvit_l().levels[1:3]] == [(3,), (3,)]


def test_members_take_the_epsilons_of_the_space() -> None:
    space = named_space("efficientvit-l").with_epsilons(attention_eps=1e-5, conv_norm_eps=1e-5)
    arch = space.published_members["mit-l2"]
    assert (space.conv_norm_eps, arch.attention_eps, arch.norm_eps) == (1e-5, 1e-5, 1e-7)
    assert arch in space
    assert arch not in named_space("efficientvit-l")

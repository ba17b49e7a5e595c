"""`digits`: its size by hand, and what its networks take."""

from search_space import NormLinearHead, named_space
from search_space.spaces.digits import digits


def test_the_number_of_networks_by_hand() -> None:
    """Attention: none, 2 x 4 linear ones, 3 x 2 cascaded ones, in either of two blocks with 3 x 2 settings."""
    first, second = 3 * (1 + 2), 3 * (1 + 2 * 6) * 2
    third = fourth = 3 * 3 * (2 * 6) * (1 + 8 + 6)
    assert [level.size for level in digits().levels] == [first, second, third, fourth]
    assert digits().size == first * second * third * fourth


def test_networks_take_gray_images_of_32_pixels() -> None:
    largest = digits().largest()
    assert (largest.in_channels, largest.resolution, largest.head) == (1, (32, 32), NormLinearHead(classes=10))
    assert [level.stride for level in largest.levels] == [2, 4, 8, 16]


def test_it_is_not_of_imagenet() -> None:
    assert (digits().of_imagenet, digits().members) == (False, ())
    assert named_space("digits") == digits()

"""The sandwich: two pairs of depthwise convolution and feed-forward network around the attention."""

from search_space import CascadedGroupAttention
from search_space.blocks import Sandwich, SandwichChoices

SHAPE = (8, 4, 6)  # 24 pixels
MIXER = CascadedGroupAttention(heads=2, key_dim=4, window=4, query_kernels=(3, 3))


def test_counts_by_hand() -> None:
    found = Sandwich(expand=2).cost(SHAPE, "hswish")
    assert (found.macs_grouped, found.macs_pointwise) == (2 * 8 * 9 * 24, 2 * 2 * 8 * 16 * 24)
    assert found.parameters == 2 * (72 + 16 + 128 + 32 + 128 + 16)
    assert (found.kernels, found.smooth_elements) == (6, 2 * 16 * 24)


def test_attention_adds_its_own_cost() -> None:
    bare, whole = Sandwich(expand=2, kernel=5), Sandwich(expand=2, kernel=5, attention=MIXER)
    assert whole.cost(SHAPE, "relu") == bare.cost(SHAPE, "relu") + MIXER.cost(*SHAPE, "relu")


def test_without_attention_it_stays_a_sandwich() -> None:
    assert Sandwich(expand=2).canonical() == Sandwich(expand=2)


def test_windows_are_fitted_to_the_map() -> None:
    fitted = Sandwich(attention=MIXER).at((8, 2, 3)).attention
    assert isinstance(fitted, CascadedGroupAttention)
    assert fitted.window == 3


def test_choices() -> None:
    choices = SandwichChoices(expands=(1, 2), kernels=(3, 5), attentions=(None,))
    assert choices.decode({"expand": 0, "kernel": 1}, MIXER) == Sandwich(kernel=5, attention=MIXER)
    assert list(choices.covering(None)) == [Sandwich(expand=2, kernel=5)]

"""Attention and MBConv: the sum of both, and MBConv where there is no attention."""

import pytest

from search_space import ATTENTION, LinearAttention
from search_space.blocks import EViT, EViTChoices, MBConv
from search_space.blocks.evit import small_attentions
from search_space.costs import Cost, total

MIXER = LinearAttention(heads=2, head_dim=4)


@pytest.mark.parametrize("fewer_norm", [False, True])
def test_its_cost_is_that_of_both_halves(fewer_norm: bool) -> None:
    local = MBConv(expand=4, kernel=5, fewer_norm=fewer_norm)
    block = EViT(expand=4, kernel=5, fewer_norm=fewer_norm, attention=MIXER)
    assert block.cost((8, 4, 6), "hswish") == total(MIXER.cost(8, 4, 6, "hswish"), local.cost((8, 4, 6), "hswish"))


def test_without_attention_it_is_an_mbconv() -> None:
    bare = EViT(expand=4, kernel=5, fewer_norm=True)
    assert bare.canonical() == MBConv(expand=4, kernel=5, fewer_norm=True)
    assert bare.cost((8, 4, 6), "relu") == bare.canonical().cost((8, 4, 6), "relu") != Cost()
    whole = bare.with_attention(MIXER)
    assert whole.canonical() is whole


def test_it_shares_the_parameters_of_mbconv() -> None:
    assert (EViT().bank, EViT().traits) == ("mbconv", {"mbconv"})


def test_choices_take_the_attention_that_is_given() -> None:
    choices = EViTChoices(expands=(1, 2), kernels=(3, 5), attentions=(None,), fewer_norm=True)
    assert choices.genes() == {"expand": (1, 2), "kernel": (3, 5)}
    found = choices.decode({"expand": 1, "kernel": 0}, MIXER)
    assert found == EViT(expand=2, kernel=3, fewer_norm=True, attention=MIXER)


def test_small_choices_hold_every_registered_attention_once() -> None:
    assert [each.type if each else None for each in small_attentions()] == [None, *ATTENTION]


def test_attention_that_is_not_registered_is_refused() -> None:
    with pytest.raises(ValueError, match="attention must be one of linear, cascaded_group"):
        EViT(attention="linear")  # type: ignore[arg-type]

"""What a block that says little of itself still answers, and what all small choices keep."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

from search_space import ATTENTION
from search_space.blocks import BLOCKS, BlockConfig, MBConv, Sandwich


@dataclass(frozen=True, kw_only=True)
class Quiet(BlockConfig):
    type: ClassVar[str] = "quiet_conv"

    taps: tuple[int, ...] = (3, 5)


def test_defaults() -> None:
    quiet = Quiet()
    assert (quiet.kind, quiet.bank, quiet.traits, quiet.stride) == ("quiet_conv", "quiet_conv", {"quiet_conv"}, 1)
    assert quiet.canonical() is quiet
    assert quiet.at((8, 4, 4)) is quiet
    assert quiet.describe() == "quiet conv, taps 3 5"


def test_attention_goes_where_there_is_room_alone() -> None:
    mixer = ATTENTION["linear"].small().decode({"head_dim": 0, "head_ratio": 0, "scales": 0}, 8)
    assert Quiet().with_attention(mixer) == Quiet()
    assert Sandwich(expand=2).with_attention(mixer).attention is mixer
    assert Sandwich(expand=2, attention=mixer).with_attention(None) == Sandwich(expand=2)


def test_a_block_without_small_choices_says_what_to_do() -> None:
    with pytest.raises(ValueError, match="the block quiet_conv offers no small choices: name a space as module:NAME"):
        Quiet.small()


@pytest.mark.parametrize("kind", BLOCKS)
def test_small_choices_give_blocks_of_their_type(kind: str) -> None:
    choices = BLOCKS[kind].small()
    assert choices.type == kind
    first = choices.decode(dict.fromkeys(choices.genes(), 0), None)
    *_, last = choices.covering(None)
    assert type(first) is type(last) is BLOCKS[kind]
    assert last.cost((12, 8, 8), "relu").parameters > first.cost((12, 8, 8), "relu").parameters


def test_the_operator_has_the_cost_of_the_block() -> None:
    block = MBConv(expand=2)
    assert block.operator_cost(((8, 4, 4),), 8, "relu") == block.cost((8, 4, 4), "relu")

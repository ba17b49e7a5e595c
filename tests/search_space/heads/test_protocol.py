"""What a head that says little of itself still answers, and what all of them keep."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

from search_space import HEADS
from search_space.heads import HeadConfig


@dataclass(frozen=True, kw_only=True)
class Quiet(HeadConfig):
    type: ClassVar[str] = "quiet"

    classes: int = 3


def test_defaults() -> None:
    quiet = Quiet()
    assert (quiet.kind, quiet.bank, quiet.traits, quiet.stride) == ("quiet_head", "quiet_head", {"quiet_head"}, 1)
    assert quiet.attention is None
    assert quiet.for_classes(7) == Quiet(classes=7)
    assert quiet.with_conv_norm_eps(1e-5) is quiet


def test_a_head_without_a_small_one_says_what_to_do() -> None:
    with pytest.raises(ValueError, match="the quiet head offers no small one: name a space as module:NAME"):
        Quiet.small()


@pytest.mark.parametrize("kind", HEADS)
def test_each_class_costs_a_column_of_the_last_layer_and_a_bias(kind: str) -> None:
    head = HEADS[kind].small()
    features = tuple((8, side, side) for side in (1, 2, 4)[: len(head.strides) or 1])
    one, two, three = (
        head.for_classes(head.classes + more).operator_cost(features, 0, "relu").parameters for more in range(3)
    )
    assert three - two == two - one > 0

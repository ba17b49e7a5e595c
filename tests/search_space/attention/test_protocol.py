"""What an attention type that says little of itself still answers."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

from search_space import ATTENTION
from search_space.attention import AttentionConfig


@dataclass(frozen=True, kw_only=True)
class Quiet(AttentionConfig):
    type: ClassVar[str] = "quiet_mind"

    taps: int = 3


def test_defaults() -> None:
    quiet = Quiet()
    assert (quiet.bank, quiet.traits, quiet.uses_eps) == ("quiet_mind", frozenset(), False)
    assert quiet.name_in_words == "quiet mind attention"
    assert quiet.at(8, 1, 1) is quiet


def test_a_type_without_small_choices_says_what_to_do() -> None:
    with pytest.raises(ValueError, match="quiet_mind attention offers no small choices: name some as module:NAME"):
        Quiet.small()


@pytest.mark.parametrize("kind", ATTENTION)
def test_small_choices_give_attention_of_their_type(kind: str) -> None:
    choices = ATTENTION[kind].small()
    assert choices.type == kind
    assert set(choices.nested_genes) <= {"width", *choices.genes()}
    found = choices.decode(dict.fromkeys(choices.genes(), 0), 12)
    assert type(found) is ATTENTION[kind]
    assert found.at(12, 8, 8).cost(12, 8, 8, "relu").macs_attention > 0

"""Alive: dead outputs and silent branches are found."""

from collections.abc import Callable

import pytest
from torch import Tensor

from search_space import LevelChoices, NormLinearHead, SearchSpace
from search_space.blocks import DSConvChoices
from supernet import Supernet
from supernet.doctor import Subject
from supernet.doctor.alive import every_layer_has_a_say
from supernet.heads.norm_linear import NormLinearClassifier

Plant = Callable[[pytest.MonkeyPatch], None]
IsFound = Callable[[Plant, str, str], None]


def outputs_by(change: Callable[[Tensor], Tensor]) -> Plant:
    """A classifier whose output is spoilt."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        right = NormLinearClassifier.forward
        patch.setattr(NormLinearClassifier, "forward", lambda self, x_BCHW: change(right(self, x_BCHW)))

    return plant


@pytest.mark.parametrize(
    ("plant", "check", "words"),
    [
        (outputs_by(lambda logits: logits * 0), "outputs", "evaluation mode"),
        (outputs_by(lambda logits: logits / 0), "outputs", "evaluation mode"),
    ],
)
def test_planted_defects_are_found(is_found: IsFound, plant: Plant, check: str, words: str) -> None:
    is_found(plant, check, words)


def test_a_forgotten_scale_is_found(is_found: IsFound, forgotten_scale: Plant) -> None:
    is_found(forgotten_scale, "layers", "attention.aggregate.")


def test_every_layer_is_silenced_once() -> None:
    """A space of one network: 2 layers of the stem, 4 of the block, 2 of the head."""
    level = LevelChoices(stride=2, widths=(8,), depths=(1,), blocks=(DSConvChoices(),))
    space = SearchSpace(name="one", levels=(level,), heads=(NormLinearHead(classes=2),), resolutions=(16,))
    assert every_layer_has_a_say(Subject(supernet=Supernet(space).eval())) == "8 layers"

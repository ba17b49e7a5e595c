"""Sampling: choices that are never drawn, or were never trained, are named."""

from collections.abc import Callable
from typing import Any

import pytest

from search_space import ArchConfig, SearchSpace
from supernet import FairSampler, Ledger, Supernet
from supernet.doctor import CHECKS, Subject
from supernet.doctor.sampling import frequencies
from supernet.training.ledger import choices_of

Plant = Callable[[pytest.MonkeyPatch], None]
IsFound = Callable[[Plant, str, str], None]
(LEDGER,) = (check for check in CHECKS if check.name == "ledger")


def never_drawn(patch: pytest.MonkeyPatch) -> None:
    """The sampler never draws the widest choice of a level."""
    right = FairSampler.draw

    def draw(self: FairSampler, number: int, **options: Any) -> ArchConfig:
        genotype = list(self.space.encode(right(self, number, **options)))
        place = [gene.name for gene in self.space.genes].index("levels.4.expand")
        genotype[place] = 0
        return self.space.decode(genotype)

    patch.setattr(FairSampler, "draw", draw)


@pytest.mark.parametrize(
    ("plant", "check", "words"),
    [
        (never_drawn, "sampling", "gene levels.4.expand, choice 2"),
    ],
)
def test_planted_defects_are_found(is_found: IsFound, plant: Plant, check: str, words: str) -> None:
    is_found(plant, check, words)


def test_a_choice_that_a_training_never_trained_is_named(tiny_space: SearchSpace) -> None:
    ledger, sampler = Ledger(), FairSampler(space=tiny_space, seed=0)
    for number in range(400):
        ledger.trained(sampler.draw(number), "random", 1, 10**3, 10**6)
    subject = Subject(supernet=Supernet(tiny_space).eval(), recipe="single-path", ledger=ledger)
    assert LEDGER.run(subject).passed
    assert "4.width=16" in set(choices_of(tiny_space.largest()))
    del ledger.choices["4.width=16"]
    found = LEDGER.run(subject)
    assert (found.passed, found.where) == (False, "choice 4.width=16")


def test_shares_of_choices_add_up(tiny_space: SearchSpace) -> None:
    """Of each gene to 1; where it is always used, each choice is as likely as the others."""
    shares = frequencies(tiny_space, seed=0)
    for position, gene in enumerate(tiny_space.genes):
        own = [share for (at, _), share in shares.items() if at == position]
        assert sum(own) == pytest.approx(1)
        if gene.name.endswith(("width", "depth")):
            assert own == pytest.approx([1 / len(gene.choices)] * len(gene.choices), abs=0.05)

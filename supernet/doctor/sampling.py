"""Sampling: a training strategy visits every choice of every gene, and so did the training there was."""

import zlib
from collections import Counter
from functools import cache

import numpy as np

from search_space import Canonical, SearchSpace, arch_cost
from supernet.doctor.check import CounterexampleError, NotApplicableError
from supernet.doctor.subject import Subject
from supernet.fair import FairSampler
from supernet.strategies import RECIPES, Pass, StepContext
from supernet.training.config import TrainConfig
from supernet.training.ledger import choices_of

DRAWN = 4000  # random genotypes that tell which choices there are
DRAWS = 200  # random members of a planned run, or about as many
EXPECTED = 20.0  # a choice that is due this often on average, and drawn never, is not a matter of chance
Choice = tuple[int, int]  # gene, index


def every_choice_is_visited(subject: Subject) -> str:
    """Every recipe, or that of the training; a choice counts where the network uses it."""
    known = frequencies(subject.space, seed=subject.seed)
    names = [subject.recipe] if subject.recipe else list(RECIPES)
    if subject.quick and not subject.recipe:
        names = [TrainConfig.recipe]
    for name in names:
        planned = _planned(subject.space, name, subject.seed)
        archs = {entry.arch for entry in planned}
        visited = {choice for arch in archs for choice in enumerate(subject.space.encode(arch))}
        _complain(subject.space, f"recipe {name}", known, visited, sum(entry.role == "random" for entry in planned))
    return f"{len(known)} choices, {len(names)} recipe{'s' * (len(names) > 1)}"


def every_choice_was_trained(subject: Subject) -> str:
    """The run's ledger counts passes for every choice that random members make often enough."""
    ledger = subject.ledger
    if ledger is None:
        raise NotApplicableError("the supernet is not trained")
    rng, found = np.random.default_rng(subject.seed), Counter[str]()
    for _ in range(DRAWN // 4):
        found.update(choices_of(subject.space.sample(rng)))
    passes = ledger.roles["random"]
    due = {choice: passes * count * 4 / DRAWN for choice, count in found.items()}
    for choice, expected in sorted(due.items()):
        if expected >= EXPECTED and not ledger.choices[choice]:
            raise CounterexampleError(
                f"choice {choice}",
                expected=f"about {expected:.0f} of {passes:,} passes of random members",
                found="none in the ledger of the training",
            )
    return f"{sum(expected >= EXPECTED for expected in due.values())} choices in {passes:,} passes"


@cache
def frequencies(space: SearchSpace, *, seed: int) -> dict[Choice, float]:
    """Share of random members that make each choice, genes that they do not use counted as their first."""
    cardinalities = [len(gene.choices) for gene in space.genes]
    drawn = np.random.default_rng(seed).integers(cardinalities, size=(DRAWN, len(cardinalities)))
    canonical = Canonical.build(space)(drawn)
    return {
        (gene, int(index)): float(share)
        for gene in range(len(cardinalities))
        for index, share in zip(*_shares(canonical[:, gene]), strict=True)
    }


def _shares(column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    values, counts = np.unique(column, return_counts=True)
    return values, counts / len(column)


def _planned(space: SearchSpace, recipe: str, seed: int) -> list[Pass]:
    """What a recipe trains in a run of some hundred steps; losses are drawn, not computed."""
    entry = RECIPES[recipe]
    strategy, sampler = entry.strategy(space), FairSampler(space=space, seed=seed)
    steps = max(DRAWS // 4, DRAWS // entry.draws)
    found = list[Pass]()
    for step in range(steps):
        context = StepContext(
            progress=step / steps,
            first_draw=step * entry.draws,
            draw=sampler.draw,
            loss=lambda arch: float(zlib.crc32(arch.arch_id.encode())),
            cost=lambda arch: arch_cost(arch).macs,
        )
        found += strategy.plan(context)
    return found


def _complain(space: SearchSpace, what: str, known: dict[Choice, float], visited: set[Choice], passes: int) -> None:
    for (gene, index), share in known.items():
        if share * passes >= EXPECTED and (gene, index) not in visited:
            name, choice = space.genes[gene].name, space.genes[gene].choices[index]
            raise CounterexampleError(
                f"{what}, gene {name}, choice {choice!r}",
                expected=f"about {share * passes:.0f} of {passes:,} random members",
                found="none",
            )

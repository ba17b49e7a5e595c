"""Judging many genotypes at once: objectives and constraints as arrays.

Shapes: n genotypes, g genes, m objectives.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nas.search.goals import Goals, violations
from nas.search.guided import Cheap
from nas.search.judge import Judge, PriorJudge
from nas.search.points import objectives_of
from predictors.batched.priors import FastLatency, GenotypePriors, fast_latency
from search_space import ArchConfig, SearchSpace


@dataclass(frozen=True, kw_only=True, eq=False)
class Judged:
    """Minimised objectives (n, m), error in percent first, and what each constraint is exceeded by, (n,)."""

    objectives: np.ndarray
    excess: dict[str, np.ndarray]

    @property
    def violations(self) -> np.ndarray:
        """0 where every constraint holds, (n,)."""
        return violations(self.excess)


ArrayJudge = Callable[[np.ndarray], Judged]


@dataclass(frozen=True, kw_only=True, eq=False)
class DecodingJudge:
    """Decodes every genotype and asks `judge`: for accuracies and latencies that have no faster way."""

    space: SearchSpace
    judge: Judge
    goals: Goals

    def __call__(self, genotypes: np.ndarray) -> Judged:
        """Objectives and constraints of genotypes (n, g)."""
        return judged_of([self.space.decode(row) for row in genotypes.tolist()], self.judge, self.goals)


def judged_of(archs: list[ArchConfig], judge: Judge, goals: Goals) -> Judged:
    """Objectives and constraints of architectures."""
    objectives = objectives_of(judge(archs), goals)
    latency_ms = objectives[:, 1 : 1 + len(goals.budgets_ms)]
    return Judged(objectives=objectives, excess=goals.excess_of(archs, latency_ms))


@dataclass(frozen=True, kw_only=True, eq=False)
class PriorArrays:
    """The accuracy prior and latencies by lookup tables, tens of thousands of genotypes a second."""

    priors: GenotypePriors
    latencies: tuple[FastLatency, ...]
    goals: Goals
    confidence: float

    def __call__(self, genotypes: np.ndarray) -> Judged:
        """Objectives and constraints of genotypes (n, g)."""
        error = 100 - self.priors.expected_accuracy(genotypes).low
        latency_ms = np.stack([each(genotypes, self.confidence).high_ms for each in self.latencies], axis=1)
        costs = self.priors.tables.additive(genotypes)[:, :-1]
        values = self.goals.values(costs)
        spent = self.goals.costs(values, len(genotypes))
        objectives = np.concatenate([error[:, None], latency_ms, spent], axis=1)
        return Judged(objectives=objectives, excess=self.goals.excess(latency_ms, values))


def cheap_judge(space: SearchSpace, judge: Judge, goals: Goals) -> Callable[[np.ndarray], Cheap]:
    """Objectives but the error, constraints and features, without an accuracy evaluation."""
    priors = GenotypePriors.build(space)
    found = [fast_latency(each, priors) for each in judge.latencies]
    latencies = [each for each in found if each is not None]
    choices = np.maximum(1, np.array([len(gene.choices) for gene in space.genes]) - 1)

    def cheap(genotypes: np.ndarray) -> Cheap:
        archs = [space.decode(row) for row in genotypes.tolist()] if len(latencies) < len(found) else []
        latency_ms = (
            judge.latencies_ms(archs)
            if archs
            else np.stack([each(genotypes, judge.confidence).high_ms for each in latencies], axis=1)
        )
        costs = priors.tables.additive(genotypes)[:, :-1]
        if not goals.are_sums:
            archs = archs or [space.decode(row) for row in genotypes.tolist()]
        values = goals.values(costs, archs)
        objectives = np.concatenate([latency_ms, goals.costs(values, len(genotypes))], axis=1)
        features = np.concatenate([genotypes / choices, np.log1p(costs), np.log(latency_ms)], axis=1)
        excess = goals.excess(latency_ms, values)
        return Cheap(objectives=objectives, violations=violations(excess), features=features)

    return cheap


def array_judge(space: SearchSpace, judge: Judge, goals: Goals) -> ArrayJudge:
    """The fastest way to the answers of `judge`."""
    decoding = DecodingJudge(space=space, judge=judge, goals=goals)
    if not isinstance(judge.accuracy, PriorJudge) or not goals.are_sums:
        return decoding
    priors = GenotypePriors.build(space)
    found = [fast_latency(each, priors) for each in judge.latencies]
    latencies = tuple(each for each in found if each is not None)
    if len(latencies) < len(found):
        return decoding
    return PriorArrays(priors=priors, latencies=latencies, goals=goals, confidence=judge.confidence)

"""What a search has to beat: random networks, published models scaled as a whole, the largest network that fits.

What they find are candidates of the search, so that its answer is never below them under the same judge. A gain
counts when it is larger than the noise: the difference of two accuracies against the root of the sum of their squared
half-widths, which is 0 where an accuracy was published. Under one prior two errors are alike, so that this asks for
more than needed.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import product

import numpy as np

from nas.runs import BaselineRow, Best
from nas.search.goals import Goals, violations
from nas.search.judge import Candidate, Judge
from search_space import ArchConfig, SearchSpace, arch_cost

RANDOM_WITH_PRIOR, RANDOM_WITH_SUPERNET = 300, 20
SHIFTS = (-1, 0, 1)  # of width, depth and resolution, in choices

SHARES = (0.0, 0.5, 0.99)


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """The best network within the goals that a simple method finds, None if none is; `tried` networks were judged."""

    name: str
    tried: int
    best: Candidate | None

    def gain(self, found: Candidate) -> tuple[float, bool]:
        """Points by which `found` is more accurate, and whether these are evidence."""
        assert self.best is not None
        return gain_over(found, self.best)

    def row(self, found: Candidate) -> BaselineRow:
        """As a run that chose `found` keeps it."""
        if self.best is None:
            return BaselineRow(name=self.name, tried=self.tried, best=None)
        points, evidence = self.gain(found)
        best = Best(
            arch_id=self.best.network.arch_id,
            accuracy=round(self.best.accuracy.value, 3),
            accuracy_origin=self.best.accuracy.origin,
            latency_high_ms=round(self.best.latency_high_ms, 5),
            gain_points=round(points, 3),
            evidence_of_gain=evidence,
        )
        return BaselineRow(name=self.name, tried=self.tried, best=best)

    def describe(self, found: Candidate) -> str:
        """One line for people."""
        if not self.tried:
            return f"{self.name} (0 tried): none within the budget, or none of these evaluated earlier"
        if self.best is None:
            return f"{self.name} ({self.tried} tried): none within the budget"
        points, evidence = self.gain(found)
        verdict = "" if evidence else ", cannot be told apart"
        if self.best.network == found.network:
            return f"{self.name} ({self.tried} tried): the answer itself"
        return (
            f"{self.name} ({self.tried} tried): {self.best.accuracy.value:.1f} % ({self.best.accuracy.origin}); "
            f"the answer {points:+.1f} points{verdict}"
        )


def gain_over(found: Candidate, other: Candidate) -> tuple[float, bool]:
    """Points by which `found` is more accurate than `other`, and whether these are evidence."""
    points = found.accuracy.value - other.accuracy.value
    return points, bool(points > np.hypot(found.accuracy.half_width, other.accuracy.half_width))


def baselines(
    spaces: Sequence[SearchSpace],
    judge: Judge,
    goals: Goals,
    *,
    seed: int,
    among: AbstractSet[ArchConfig] | None = None,
) -> list[Baseline]:
    """All three under `judge` over all `spaces`; with a supernet fewer random networks, as each costs an evaluation.

    Nothing outside `among`, where it is given, is judged.
    """
    parts = [_baselines(space, judge, goals, seed=seed, among=among) for space in spaces]
    found = []
    for name in dict.fromkeys(each.name for part in parts for each in part):
        same = [each for part in parts for each in part if each.name == name]
        bests = [each.best for each in same if each.best is not None]
        best = max(bests, key=lambda each: each.accuracy.judged, default=None)
        found.append(Baseline(name=name, tried=sum(each.tried for each in same), best=best))
    return found


def _baselines(
    space: SearchSpace, judge: Judge, goals: Goals, *, seed: int, among: AbstractSet[ArchConfig] | None
) -> list[Baseline]:
    archs, cheap = scaled(space), judge.accuracy.cheap
    rng = np.random.default_rng([seed, 2])
    drawn = [space.sample(rng) for _ in range(RANDOM_WITH_PRIOR if cheap else RANDOM_WITH_SUPERNET)]
    if not cheap:  # only what fits is worth an evaluation
        archs = _within(archs, judge, goals)[:: max(1, len(archs) // RANDOM_WITH_SUPERNET)]
        drawn = _within(drawn, judge, goals)
    fitting = _within([*drawn, *archs], judge, goals)
    if among is not None:
        drawn, archs = ([arch for arch in each if arch in among] for each in (drawn, archs))
    largest = [max(fitting, key=lambda arch: arch_cost(arch).macs)] if fitting else []
    if among is not None:
        largest = [arch for arch in largest if arch in among]
    found = [("random networks", drawn), ("published models scaled", archs), ("largest that fits", largest)]
    if not space.members:
        found[1] = ("all choices scaled alike", archs)
    return [Baseline(name=name, tried=len(each), best=_best(each, judge, goals)) for name, each in found]


def scaled(space: SearchSpace) -> list[ArchConfig]:
    """Published members with every width, every depth and the resolution shifted alike; without members, networks
    whose widths, whose depths and whose other genes all have the same share of their choices.
    """
    if not space.members:
        plans = [{"width": w, "depth": d, "": rest} for w, d, rest in product(SHARES, SHARES, SHARES)]
        genotypes = [
            [int(plan.get(gene.name.rpartition(".")[2], plan[""]) * len(gene.choices)) for gene in space.genes]
            for plan in plans
        ]
        return list(dict.fromkeys(map(space.decode, genotypes)))
    found = []
    for arch, width, depth, side in product(space.published_members.values(), SHIFTS, SHIFTS, SHIFTS):
        shift = {"width": width, "depth": depth, "resolution": side}
        genotype = [
            int(np.clip(index + shift.get(gene.name.rpartition(".")[2], 0), 0, len(gene.choices) - 1))
            for index, gene in zip(space.encode(arch), space.genes, strict=True)
        ]
        found.append(space.decode(genotype))
    return list(dict.fromkeys(found))


def _within(archs: Sequence[ArchConfig], judge: Judge, goals: Goals) -> list[ArchConfig]:
    """Those that keep the goals; costs no accuracy evaluation."""
    over = violations(goals.excess_of(archs, judge.latencies_ms(archs))) if archs else np.zeros(0)
    return [arch for arch, excess in zip(archs, over, strict=True) if excess <= 0]


def _best(archs: Sequence[ArchConfig], judge: Judge, goals: Goals) -> Candidate | None:
    candidates = judge(_within(archs, judge, goals))
    return max(candidates, key=lambda each: each.accuracy.judged, default=None)

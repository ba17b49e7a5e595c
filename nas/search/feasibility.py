"""Can the budget be met, and what does each choice buy: answered in a second or two, before anything slow begins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil, floor, log10
from typing import Any

import numpy as np

from nas.devices import Device
from nas.errors import BudgetError
from nas.search.objectives import OBJECTIVES
from nas.search.objectives.objective import values_of
from nas.search.targets import PreparedTarget
from nas.units import format_ms
from nas.words import change_words
from predictors import AccuracyPrior, LatencyPredictor
from search_space import ArchConfig, SearchSpace

SAMPLES = 200  # random members that the median is taken over
SWEEPS = 3  # over the genes, at most


@dataclass(frozen=True, kw_only=True)
class Latencies:
    """Upper latency ends of a space in ms at a confidence: the fastest and slowest members that coordinate search
    finds, and the median of random ones.
    """

    smallest: ArchConfig
    smallest_ms: float
    median_ms: float
    largest: ArchConfig
    largest_ms: float

    @property
    def nearest_budget_ms(self) -> float:
        """The least budget with three significant digits that can be met."""
        return rounded_up(self.smallest_ms)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One gene changed in a network: what it costs in ms and gains in points of expected accuracy, if known.

    `words` say what is changed, `costs` by how much that changes each objective, in its unit. The marks tell whether
    one of the two latencies, or accuracies, is extrapolated.
    """

    gene: str
    before: object
    after: object
    words: str
    latency_ms: float
    accuracy: float | None
    latency_extrapolated: bool
    accuracy_extrapolated: bool
    costs: Mapping[str, float] = field(default_factory=dict)


@lru_cache(maxsize=32)  # a search asks before anything slow loads, to announce what is possible, and to start from
def fastest(space: SearchSpace, latency: LatencyPredictor, confidence: float) -> tuple[ArchConfig, float]:
    """The member with the lowest upper latency end that coordinate descent finds, and that end in ms.

    Starts at the member with the fewest multiply-adds and at the published members, so it is none slower than these.
    """
    return _extreme(space, latency, confidence, [space.smallest(), *space.published_members.values()], 1)


def check_feasible(
    space: SearchSpace, latency: LatencyPredictor, device: Device, *, budget_ms: float, confidence: float
) -> ArchConfig:
    """The fastest member.

    Raises:
        BudgetError: even that member exceeds the budget; names it and the nearest budget that can be met.
    """
    target = PreparedTarget(device=device, latency=latency, budget_ms=budget_ms)
    [(_, archs)] = feasible_spaces([space], [target], confidence=confidence)
    return archs[0]


def feasible_spaces(
    spaces: Sequence[SearchSpace],
    targets: Sequence[PreparedTarget],
    *,
    confidence: float,
) -> list[tuple[SearchSpace, list[ArchConfig]]]:
    """The spaces that can keep the budget of every target, each with its fastest member on each.

    Raises:
        BudgetError: no space can keep a budget; names the fastest member of all and the nearest budget that can be
            met.
    """
    found = [(space, list[ArchConfig]()) for space in spaces]
    for target in targets:
        ends = [fastest(space, target.latency, confidence) for space, _ in found]
        arch, high_ms = min(ends, key=lambda end: end[1])
        if not high_ms <= target.budget_ms:
            names = " and ".join(space.name for space, _ in found)
            raise BudgetError(
                f"budget {format_ms(target.budget_ms)} cannot be met on {target.device.name} in space {names}: the "
                f"fastest architecture, {arch.arch_id}, takes up to {format_ms(high_ms)} at {confidence:.0%} "
                f"confidence; nearest budget that can be met: {rounded_up(high_ms):g}ms"
            )
        found = [
            (space, [*archs, member])
            for (space, archs), (member, ms) in zip(found, ends, strict=True)
            if ms <= target.budget_ms
        ]
    return found


def latencies(*spaces: SearchSpace, latency: LatencyPredictor, confidence: float, seed: int = 0) -> Latencies:
    """Smallest, median and largest latency of all spaces together, which have equal parts in the median."""
    smallest, smallest_ms = min((fastest(space, latency, confidence) for space in spaces), key=lambda end: end[1])
    ends = [_extreme(space, latency, confidence, [space.largest()], -1) for space in spaces]
    largest, largest_ms = max(ends, key=lambda end: end[1])
    rng = np.random.default_rng(seed)
    drawn = [space.sample(rng) for space in spaces for _ in range(SAMPLES)]
    return Latencies(
        smallest=smallest,
        smallest_ms=smallest_ms,
        median_ms=float(np.median(latency.predict(drawn, confidence=confidence).high_ms)),
        largest=largest,
        largest_ms=largest_ms,
    )


def _extreme(
    space: SearchSpace, latency: LatencyPredictor, confidence: float, starts: Sequence[ArchConfig], sign: int
) -> tuple[ArchConfig, float]:
    """Coordinate search for the least (sign 1) or greatest (sign -1) upper end, in at most `SWEEPS`."""
    ends = sign * latency.predict(starts, confidence=confidence).high_ms
    best, best_ms = starts[int(ends.argmin())], float(ends.min())
    for _ in range(SWEEPS):
        before = best_ms
        for position in range(len(space.genes)):
            options = [option for _, option in _alternatives(space, best, position)]
            if not options:
                continue
            ends = sign * latency.predict(options, confidence=confidence).high_ms
            if ends.min() < best_ms:
                best, best_ms = options[int(ends.argmin())], float(ends.min())
        if best_ms == before:
            break
    return best, sign * best_ms


def _alternatives(space: SearchSpace, arch: ArchConfig, position: int) -> list[tuple[object, ArchConfig]]:
    """Other choices of one gene with the networks they give, where these differ from `arch`."""
    genotype, found = list(space.encode(arch)), []
    for index, choice in enumerate(space.genes[position].choices):
        changed = space.decode([*genotype[:position], index, *genotype[position + 1 :]])
        if changed != arch:
            found.append((choice, changed))
    return found


def choices(space: SearchSpace, arch: ArchConfig, latency: LatencyPredictor) -> list[Choice]:
    """Every network one choice away from `arch`, by the order of the genes: medians, and the trend of expectations.

    The trend is without the prior's ceiling, the best published result of a network's size, which hides what a
    choice is worth to a network that already is the best of its size.
    """
    genotype, changes, archs = space.encode(arch), list[tuple[str, object, object]](), [arch]
    for position, gene in enumerate(space.genes):
        for after, changed in _alternatives(space, arch, position):
            changes.append((gene.name, gene.choices[genotype[position]], after))
            archs.append(changed)
    predicted = latency.predict(archs, confidence=0.5)
    ms, unlike = predicted.p50_ms, predicted.extrapolated
    prior = AccuracyPrior.fit() if space.members else None
    costs = {name: values_of(each, archs) for name, each in OBJECTIVES.items()}
    top1 = None if prior is None else prior.trend(archs)
    beyond = np.zeros(len(archs), dtype=bool) if prior is None else prior.predict(archs).extrapolated
    return [
        Choice(
            gene=name,
            before=before,
            after=after,
            words=change_words(name, before, after, arch, archs[row]),
            latency_ms=float(ms[row] - ms[0]),
            # the published models do not tell what a choice is worth that leaves their prior as it is
            accuracy=None if top1 is None or top1[row] == top1[0] else float(top1[row] - top1[0]),
            latency_extrapolated=bool(unlike[0] or unlike[row]),
            accuracy_extrapolated=bool(beyond[0] or beyond[row]),
            costs={name: float(values[row] - values[0]) for name, values in costs.items()},
        )
        for row, (name, before, after) in enumerate(changes, start=1)
    ]


def start_of_choices(space: SearchSpace, latency: LatencyPredictor, found: Latencies, budget_ms: float) -> ArchConfig:
    """The network whose choices are worth explaining: the slowest published member within the budget, or the
    fastest of all.
    """
    members = list(space.published_members.values())
    if not members:
        return found.smallest
    ends = latency.predict(members, confidence=0.5).p50_ms
    within = [(ms, arch) for ms, arch in zip(ends, members, strict=True) if ms <= budget_ms]
    return max(within, key=lambda pair: pair[0])[1] if within else found.smallest


def rounded_up(value: float) -> float:
    """The next number with three significant digits."""
    digit = 10.0 ** (floor(log10(value)) - 2)
    return ceil(value / digit) * digit


def plain(value: Any) -> Any:
    """A choice as JSON values."""
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)

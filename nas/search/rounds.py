"""Predict, verify, refit: what a search finds is measured, the predictor learns from it, the search is repeated.

The first round trusts upper ends, as a search without the device does. From then on a network comes to the front by
its measurement alone, so that the later rounds ask for the median of what is not measured yet: networks that the
caution of the first round left out get their chance. The final front holds measured networks and no others; one that
breaks a budget when measured is off it.

Measurements are on disk, network by network, and everything else follows from them: a killed search goes on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from nas.runs import LatencyCheck, Round
from nas.search.front import hypervolume
from nas.search.goals import Goals, violations
from nas.search.guided import gains
from nas.search.judge import Candidate, Judge
from nas.search.points import objectives_of
from nas.search.results import front_of
from predictors import LatencyPredictor, MeasuredLatency, VerifiedPredictor, learned
from search_space import ArchConfig

if TYPE_CHECKING:
    from nas.measuring.estimate import Estimate

MOST_AGAIN = 24  # networks that a later round measures
GROWTH = 0.01  # of the verified front's hypervolume, below which no further round is worth its time
ANCHORS = 3  # networks that are measured in every round, which brings the sessions together

Measure = Callable[
    [Sequence[ArchConfig]], Mapping[str, "Estimate"]
]  # by arch_id; what cannot be measured is not in it
SearchAgain = Callable[
    [int, Judge, Sequence[ArchConfig]], Sequence[ArchConfig]
]  # round, judge, networks to start from
JudgeWith = Callable[[LatencyPredictor], Judge]  # a judge of accuracy and further devices with that predictor


@dataclass(kw_only=True, eq=False)
class Rounds:
    """The verified networks of a search and what was predicted of them; `reference` (m,) is the corner of the box."""

    latency: LatencyPredictor
    judge_with: JudgeWith
    goals: Goals
    confidence: float
    measure: Measure
    reference: np.ndarray
    measured: dict[ArchConfig, MeasuredLatency] = field(default_factory=dict)
    predicted: dict[ArchConfig, Candidate] = field(default_factory=dict)
    failed: dict[ArchConfig, None] = field(default_factory=dict)
    history: list[Round] = field(default_factory=list)
    verified: list[LatencyCheck] = field(default_factory=list)

    def run(self, first: Sequence[ArchConfig], search_again: SearchAgain, *, rounds: int) -> None:
        """Verify the `first` networks, then search again and verify what is new, until the verified front stops
        growing.
        """
        latency = self.latency
        self._verify(first, latency)
        for number in range(2, rounds + 1):
            if not self.measured:
                return
            latency, before = learned(self.latency, self.measured), self.history[-1].hypervolume
            judge = self.judge_with(VerifiedPredictor(base=latency, known=self.measured, medians=True))
            new = self._promising(judge, search_again(number, judge, list(self.measured)))
            if not new:
                return
            self._verify(new, latency)
            if self.history[-1].hypervolume <= before * (1 + GROWTH):
                return

    def front(self) -> list[Candidate]:
        """Measured networks that keep every budget and limit and that no other dominates, fastest first."""
        return front_of(self.candidates(), self.goals)

    def candidates(self) -> list[Candidate]:
        """Every measured network."""
        return self._candidates(list(self.measured))

    def fastest_ms(self) -> float:
        """The lowest upper end that was measured."""
        return min(each.ends(self.confidence)[1] for each in self.measured.values())

    def _candidates(self, archs: Sequence[ArchConfig]) -> list[Candidate]:
        """Measured networks with their measured latencies."""
        judge = self.judge_with(VerifiedPredictor(base=self.latency, known=self.measured))
        return [
            replace(each, latencies=(replace(each.latencies[0], measured=True), *each.latencies[1:]))
            for each in judge(archs)
        ]

    def _verify(self, archs: Sequence[ArchConfig], latency: LatencyPredictor) -> None:
        """Measure `archs`, which `latency` predicted, and note how far off it was."""
        predicted = self.judge_with(latency)(archs)
        anchors = _spread(self.measured)
        found = self.measure([*archs, *anchors])
        again = [found[a.arch_id].p50_ms / self.measured[a].p50_ms for a in anchors if a.arch_id in found]
        slower = float(np.median(again)) if again else 1.0
        new = [arch for arch in archs if arch.arch_id in found]
        self.failed |= dict.fromkeys(arch for arch in archs if arch.arch_id not in found)
        self.measured |= {arch: measured_latency(found[arch.arch_id], slower) for arch in new}
        self.predicted |= {each.arch: each for each in predicted}
        self._note(new, failed=len(archs) - len(new), drift=slower - 1)

    def _note(self, archs: Sequence[ArchConfig], *, failed: int, drift: float) -> None:
        number, candidates = len(self.history) + 1, self._candidates(archs)
        latency_ms = np.array([each.latencies_ms for each in candidates]).reshape(
            len(archs), len(self.goals.budgets_ms)
        )
        kept = violations(self.goals.excess_of(archs, latency_ms)) <= 0
        for candidate, keeps in zip(candidates, kept.tolist(), strict=True):
            self.verified.append(_verification(number, self.predicted[candidate.arch], candidate, kept=keeps))
        ratio = np.array([each.measured_ms / each.predicted_ms for each in self.verified if each.round == number])
        points = objectives_of(self.front(), self.goals)
        self.history.append(
            Round(
                number=number,
                measured=len(archs),
                failed=failed,
                broke=int((~kept).sum()),
                error=float(np.abs(1 / ratio - 1).mean()) if len(ratio) else 0.0,
                bias=float(np.median(ratio) - 1) if len(ratio) else 0.0,
                drift=drift,
                hypervolume=hypervolume(points, self.reference.tolist()) / float(np.prod(self.reference)),
            )
        )

    def _promising(self, judge: Judge, found: Sequence[ArchConfig]) -> list[ArchConfig]:
        """The networks whose predictions add most to the verified front, one after another; none that was tried."""
        tried = self.measured.keys() | self.failed.keys()
        front = [each for each in front_of(judge(list(found)), self.goals) if each.arch not in tried]
        points, known = objectives_of(front, self.goals), objectives_of(self.front(), self.goals)
        chosen: list[int] = []
        for _ in range(min(MOST_AGAIN, len(front))):
            added = gains(points, known, self.reference.tolist())
            added[chosen] = 0.0
            best = int(np.argmax(added))
            if added[best] <= 0:
                break
            chosen.append(best)
            known = np.concatenate([known, points[best : best + 1]])
        return [front[row].arch for row in chosen]


def measured_latency(found: "Estimate", slower: float = 1.0) -> MeasuredLatency:
    """An estimate with the spread of its bootstrap interval or of its two halves, whichever is wider.

    `slower` is by how much the device ran slower than in the session that it is compared with.
    """
    return MeasuredLatency.of_interval(
        found.p50_ms / slower,
        interval_ms=(found.ci_lo_ms, found.ci_hi_ms),
        halves_ms=(found.half_a_ms, found.half_b_ms),
    )


def _verification(number: int, predicted: Candidate, measured: Candidate, *, kept: bool) -> LatencyCheck:
    return LatencyCheck(
        round=number,
        arch_id=measured.arch.arch_id,
        accuracy=measured.accuracy.value,
        accuracy_origin=measured.accuracy.origin,
        predicted_ms=predicted.latency_p50_ms,
        predicted_low_ms=predicted.latency_low_ms,
        predicted_high_ms=predicted.latency_high_ms,
        measured_ms=measured.latency_p50_ms,
        measured_low_ms=measured.latency_low_ms,
        measured_high_ms=measured.latency_high_ms,
        kept=kept,
    )


def _spread(measured: Mapping[ArchConfig, MeasuredLatency]) -> list[ArchConfig]:
    """Up to `ANCHORS` networks at even distances, neither the fastest nor the slowest where there are others."""
    ordered = sorted(measured, key=lambda arch: (measured[arch].p50_ms, arch.arch_id))
    places = [len(ordered) * place // (ANCHORS + 1) for place in range(1, ANCHORS + 1)]
    return list(dict.fromkeys(ordered[place] for place in places if ordered))

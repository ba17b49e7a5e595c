"""Found against published: for each published model, the best network found that is no slower at the median.

Latencies are compared at their medians, on every device: an upper end is wide where a network is extrapolated, which
would let a slower network pass as no slower. Points are gained where the difference exceeds the noise of both scores.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nas.runs import Compared, ComparisonRow, Gain
from nas.search.baselines import gain_over
from nas.search.goals import Goals, violations
from nas.search.judge import Candidate


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A published model and the best network `found` at no more than its median on every device, None without one.

    Outside the goals (`within_goals` False) a model is slower or larger than the search was allowed to go.
    """

    published: Candidate
    found: Candidate | None
    within_goals: bool

    def row(self) -> ComparisonRow:
        """As a run keeps it, in the digits that it keeps."""
        gain = None
        if self.found is not None:
            points, evidence = gain_over(self.found, self.published)
            gain = Gain(
                found=_compared(self.found),
                points=round(points, 3),
                judged_points=round(self.found.accuracy.judged - self.published.accuracy.judged, 3),
                evidence_of_gain=evidence,
                evidence_of_loss=gain_over(self.published, self.found)[1],
                accuracy_origin=self.found.accuracy.origin,
                latency_origin=self.found.latency_origin,
            )
        return ComparisonRow(
            name=self.published.name,
            published=_compared(self.published),
            within_goals=self.within_goals,
            gain=gain,
        )


def against_published(published: Sequence[Candidate], found: Sequence[Candidate], goals: Goals) -> list[Comparison]:
    """A comparison for each published model with the networks `found`, other than itself."""
    if not published:
        return []
    latency_ms = np.array([each.latencies_ms for each in published])
    over = violations(goals.excess_of([each.network for each in published], latency_ms))
    return [
        Comparison(published=each, found=_best_no_slower(each, found), within_goals=bool(excess <= 0))
        for each, excess in zip(published, over, strict=True)
    ]


def _best_no_slower(published: Candidate, found: Sequence[Candidate]) -> Candidate | None:
    within = [
        each
        for each in found
        if each.network != published.network
        and all(ms <= limit for ms, limit in zip(each.medians_ms, published.medians_ms, strict=True))
    ]
    return max(within, key=lambda each: (each.accuracy.judged, -each.latency_p50_ms), default=None)


def _compared(candidate: Candidate) -> Compared:
    accuracy = candidate.accuracy
    return Compared(
        arch_id=candidate.network.arch_id,
        accuracy=round(accuracy.value, 3),
        accuracy_low=round(accuracy.low, 3),
        accuracy_high=round(accuracy.high, 3),
        latency_p50_ms=round(candidate.latency_p50_ms, 5),
        latency_high_ms=round(candidate.latency_high_ms, 5),
        latency_extrapolated=candidate.latency_extrapolated,
    )

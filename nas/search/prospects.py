"""Networks worth training: expected to beat everything that is known at their latency, though nobody can promise it.

A search counts on the lower end of an expectation, which hardly ever beats a published score. What the expectation
itself says is a reason to train a network, not to deploy it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from nas.runs import NetworkRow, ProspectRow
from nas.search.judge import Candidate


@dataclass(frozen=True, kw_only=True)
class Prospect:
    """An expected network and the best known one that is no slower at the median, None where none is.

    `points` is by how much the expectation exceeds the known score.
    """

    candidate: Candidate
    known: Candidate | None

    @property
    def points(self) -> float:
        """Points of expected gain; the whole expectation where nothing is known to be as fast."""
        return self.candidate.accuracy.value - (self.known.accuracy.value if self.known else 0.0)

    def row(self, network: NetworkRow) -> ProspectRow:
        """As a run keeps it, with its network as the run keeps that."""
        return ProspectRow(
            network=network,
            known=self.known.name if self.known else None,
            known_accuracy=round(self.known.accuracy.value, 3) if self.known else None,
            points=round(self.points, 3),
        )


def prospects(candidates: Sequence[Candidate], known: Sequence[Candidate]) -> list[Prospect]:
    """Those of `candidates` that are expected to beat the `known`, none expected below a faster one; best first."""
    found: list[Prospect] = []
    best = 0.0
    for each in sorted(candidates, key=lambda each: (each.latency_p50_ms, -each.accuracy.value)):
        if each.accuracy.known or each.accuracy.value <= best:
            continue
        best = each.accuracy.value
        prospect = Prospect(candidate=each, known=_best_as_fast(each, known))
        if prospect.points > 0:
            found.append(prospect)
    return found[::-1]


def _best_as_fast(candidate: Candidate, known: Sequence[Candidate]) -> Candidate | None:
    as_fast = [
        each
        for each in known
        if all(ms <= limit for ms, limit in zip(each.medians_ms, candidate.medians_ms, strict=True))
    ]
    return max(as_fast, key=lambda each: each.accuracy.value, default=None)

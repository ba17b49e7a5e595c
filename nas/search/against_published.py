"""Found against published: for each published model, the best network found that is no slower at the median.

Latencies are compared at their medians, on every device: an upper end is wide where a network is extrapolated, which
would let a slower network pass as no slower. Points are gained where the difference exceeds the noise of both scores.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nas.files import write_text
from nas.search.baselines import gain_over
from nas.search.goals import Goals, violations
from nas.search.judge import KNOWN_ORIGINS, Candidate

FILE = "found-against-published.csv"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A published model and the best network `found` at no more than its median on every device, None without one.

    Outside the goals (`within_goals` False) a model is slower or larger than the search was allowed to go.
    """

    published: Candidate
    found: Candidate | None
    within_goals: bool

    @property
    def row(self) -> dict[str, Any]:
        """One line of `found-against-published.csv`: accuracies in percent, latencies in ms, the gain in points.

        `gain_judged_points` compares what the search goes by: the lower end unless the accuracy was measured.
        `evidence_of_gain` is True where the gain exceeds the noise of both accuracies.
        """
        known = {
            "published": self.published.name,
            "published_arch_id": self.published.network.arch_id,
            **_columns("published", self.published),
            "within_goals": self.within_goals,
        }
        if self.found is None:
            return {**known, "found": None}
        points, evidence = gain_over(self.found, self.published)
        return {
            **known,
            "found": self.found.network.arch_id,
            **_columns("found", self.found),
            "gain_points": round(points, 3),
            "gain_judged_points": round(self.found.accuracy.judged - self.published.accuracy.judged, 3),
            "evidence_of_gain": evidence,
            "evidence_of_loss": gain_over(self.published, self.found)[1],
            "accuracy_origin": self.found.accuracy.origin,
            "latency_origin": self.found.latency_origin,
        }


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


def write_comparisons(folder: Path, comparisons: Sequence[Comparison]) -> list[dict[str, Any]]:
    """Write the table of a run that has published models to compare with; its rows."""
    import pandas as pd

    rows = [each.row for each in comparisons]
    if rows:
        write_text(folder / FILE, pd.DataFrame(rows).to_csv(index=False, lineterminator="\n"))
    return rows


def verdict(row: Mapping[str, Any]) -> str:
    """What may be said of one comparison, in a few words."""
    if row["found"] is None:
        words = "nothing found"
    elif not (row["evidence_of_gain"] or row.get("evidence_of_loss")):
        words = "cannot be told apart"
    else:
        words = "gain" if row["evidence_of_gain"] else "loss"
        # a score that nobody found yet is no gain over one that somebody did
        words = words if row.get("accuracy_origin") in KNOWN_ORIGINS else f"expected {words}"
    return words if row["within_goals"] else f"{words}; over the budget or a limit"


def _best_no_slower(published: Candidate, found: Sequence[Candidate]) -> Candidate | None:
    within = [
        each
        for each in found
        if each.network != published.network
        and all(ms <= limit for ms, limit in zip(each.medians_ms, published.medians_ms, strict=True))
    ]
    return max(within, key=lambda each: (each.accuracy.judged, -each.latency_p50_ms), default=None)


def _columns(what: str, candidate: Candidate) -> dict[str, float | bool]:
    accuracy = candidate.accuracy
    return {
        f"{what}_accuracy": round(accuracy.value, 3),
        f"{what}_accuracy_low": round(accuracy.low, 3),
        f"{what}_accuracy_high": round(accuracy.high, 3),
        f"{what}_latency_p50_ms": round(candidate.latency_p50_ms, 5),
        f"{what}_latency_high_ms": round(candidate.latency_high_ms, 5),
        f"{what}_latency_extrapolated": candidate.latency_extrapolated,
    }

"""What the run says of itself against the published models and against simple methods."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nas.report.network import number
from nas.search.against_published import verdict


@dataclass(frozen=True, kw_only=True)
class Against:
    """One published model or simple method and what was found instead; None where nothing was.

    Accuracies in percent, median latencies in ms, the gain in points; `words` is the verdict.
    """

    name: str
    arch_id: str
    accuracy: float | None
    latency_ms: float | None
    extrapolated: bool
    found: str
    found_accuracy: float | None
    found_latency_ms: float | None
    found_extrapolated: bool
    gain: float | None
    words: str

    @property
    def is_gain(self) -> bool:
        """True where both scores are known and the gain exceeds the noise."""
        return self.words.startswith("gain")

    @property
    def is_expected_gain(self) -> bool:
        """True where an expectation exceeds a known score by more than its noise."""
        return self.words.startswith("expected gain")


def read_published(settings: Mapping[str, Any], ids: Mapping[str, str], gaps: list[str]) -> tuple[Against, ...]:
    """The comparisons of the run, none in an older one; `ids` are the architectures of published models by name."""
    try:
        return tuple(_published(row, ids) for row in settings.get("found_against_published") or ())
    except (KeyError, TypeError, ValueError) as error:
        gaps.append(f"No comparison with the published models: the run's cannot be read ({error!r}).")
        return ()


def _published(row: Mapping[str, Any], ids: Mapping[str, str]) -> Against:
    words = verdict(row)
    return Against(
        name=str(row["published"]),
        arch_id=str(row.get("published_arch_id") or ids.get(str(row["published"]), "")),
        accuracy=number(row["published_accuracy"]),
        latency_ms=number(row["published_latency_p50_ms"]),
        extrapolated=row.get("published_latency_extrapolated") is True,
        found=str(row["found"] or ""),
        found_accuracy=number(row.get("found_accuracy")),
        found_latency_ms=number(row.get("found_latency_p50_ms")),
        found_extrapolated=row.get("found_latency_extrapolated") is True,
        gain=number(row.get("gain_points")),
        words=words,
    )


def read_baselines(settings: Mapping[str, Any], gaps: list[str]) -> tuple[str, ...]:
    """One sentence for each simple method that the search was held against."""
    try:
        return tuple(_baseline(row) for row in settings.get("baselines") or ())
    except (KeyError, TypeError, ValueError) as error:
        gaps.append(f"No comparison with simple methods: the run's cannot be read ({error!r}).")
        return ()


def _baseline(row: Mapping[str, Any]) -> str:
    tried = f"{row['name']} ({row['tried']:,} tried)"
    if row["accuracy"] is None:
        return f"{tried}: none within the budget"
    verdict = "a gain" if row["evidence_of_gain"] else "cannot be told apart"
    return f"{tried}: {row['accuracy']:.2f} %, the answer {row['gain_points']:+.2f} points, {verdict}"

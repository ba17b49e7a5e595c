"""What a run predicted and then measured or evaluated: latencies by round, accuracies that a model chose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nas.report.network import Network, number
from predictors import metrics

FEWEST = 3  # networks from which a rank correlation says anything


@dataclass(frozen=True, kw_only=True)
class LatencyCheck:
    """One measured network: latencies in ms, accuracy in percent; None where the run says nothing.

    `round` is 0 where the run does not tell rounds apart, `kept` whether every budget and limit held when measured.

    Raises:
        ValueError: a latency is missing or not positive.
    """

    round: int
    arch_id: str
    accuracy: float | None
    predicted_ms: float
    predicted_low_ms: float | None
    predicted_high_ms: float | None
    measured_ms: float
    measured_low_ms: float | None
    measured_high_ms: float | None
    kept: bool

    def __post_init__(self) -> None:
        for name in ("predicted_ms", "measured_ms"):
            if not (value := getattr(self, name)) or value <= 0:
                raise ValueError(f"{self.arch_id} needs a positive {name}, got {value}")

    @property
    def within(self) -> bool | None:
        """True if the measured latency lies within the predicted interval, None without an interval."""
        if self.predicted_low_ms is None or self.predicted_high_ms is None:
            return None
        return self.predicted_low_ms <= self.measured_ms <= self.predicted_high_ms


@dataclass(frozen=True, kw_only=True)
class AccuracyCheck:
    """A network that the model in the loop chose: accuracy in percent that was predicted, and then found.

    Raises:
        ValueError: one of the two is missing.
    """

    arch_id: str
    predicted: float
    found: float

    def __post_init__(self) -> None:
        if self.predicted is None or self.found is None:
            raise ValueError(f"{self.arch_id} needs a predicted and a found accuracy")


def read_latency_checks(
    settings: Mapping[str, Any], front: Sequence[Network], gaps: list[str]
) -> tuple[LatencyCheck, ...]:
    """Every measured network of the run; those of its `front` alone where it is an older one."""
    found: tuple[LatencyCheck, ...] = ()
    try:
        found = tuple(_latency_check(row) for row in settings.get("latency_verification") or ())
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        gaps.append(f"No measured networks beside the front: the run's cannot be read ({error}).")
    found = found or tuple(_of_front(each) for each in front if each.latency_measured_ms is not None)
    if found and "latency_verification" not in settings:
        gaps.append("No measured networks beside the front: the run is older than their record.")
    if front and not found:
        gaps.append(
            "Nothing to compare predictions with: no latency of the front was measured. "
            "`nas search --measure` measures it where the device is at hand, `nas collect --top-up` elsewhere."
        )
    return found


def _latency_check(row: Mapping[str, Any]) -> LatencyCheck:
    names = [f"{what}{end}_ms" for what in ("predicted", "measured") for end in ("", "_low", "_high")]
    return LatencyCheck(
        round=int(row["round"]),
        arch_id=str(row["arch_id"]),
        accuracy=number(row.get("accuracy")),
        kept=row["kept"] is True,
        **{name: number(row.get(name)) for name in names},  # type: ignore[arg-type]
    )


def _of_front(each: Network) -> LatencyCheck:
    assert each.latency_measured_ms is not None
    return LatencyCheck(
        round=0,
        arch_id=each.arch_id,
        accuracy=each.accuracy,
        predicted_ms=each.latency_p50_ms,
        predicted_low_ms=each.latency_low_ms,
        predicted_high_ms=each.latency_high_ms,
        measured_ms=each.latency_measured_ms,
        measured_low_ms=None,
        measured_high_ms=None,
        kept=True,
    )


def read_rounds(settings: Mapping[str, Any], gaps: list[str]) -> tuple[str, ...]:
    """One sentence for each round of measurements."""
    try:
        return tuple(_round(row) for row in settings.get("verified_rounds") or ())
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        gaps.append(f"No account of the rounds: the run's cannot be read ({error!r}).")
        return ()


def _round(row: Mapping[str, Any]) -> str:
    count, failed = int(row["measured"]), int(row.get("failed") or 0)
    measured = f"Round {int(row['number'])}: {count} {'network' if count == 1 else 'networks'} measured"
    measured += f" ({failed} more could not be)" if failed else ""
    words = f"{measured}, {int(row['broke'])} broke a budget or limit; "
    words += f"predictions off by {row['error']:.1%} on average, measured {row['bias']:+.1%} in the median"
    if row["number"] == 1:
        return f"{words}."
    pace = "slower" if row["drift"] >= 0 else "faster"
    return f"{words}; the device ran {abs(row['drift']):.1%} {pace} than in round 1, which is taken out."


def read_accuracy_checks(settings: Mapping[str, Any], gaps: list[str]) -> tuple[AccuracyCheck, ...]:
    """Every network that the model in the loop chose; none where the search had no such model."""
    if "verification" not in settings:
        gaps.append("No predicted against found accuracy: the run is older than its record.")
        return ()
    try:
        return tuple(_accuracy_check(row) for row in settings["verification"] or ())
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        gaps.append(f"No predicted against found accuracy: the run's cannot be read ({error}).")
        return ()


def _accuracy_check(row: Mapping[str, Any]) -> AccuracyCheck:
    predicted, found = number(row["predicted"]), number(row["found"])
    return AccuracyCheck(arch_id=str(row["arch_id"]), predicted=predicted, found=found)  # type: ignore[arg-type]


def latency_agreement(checks: Sequence[LatencyCheck]) -> dict[str, float]:
    """Mean absolute error in percent of the measured latency, how many broke, how many lie within their interval."""
    within = [each.within for each in checks if each.within is not None]
    return {
        "networks": len(checks),
        "error": 100 * sum(abs(each.predicted_ms / each.measured_ms - 1) for each in checks) / len(checks),
        "broke": sum(not each.kept for each in checks),
        "within": sum(within),
        "with_interval": len(within),
    }


def accuracy_agreement(checks: Sequence[AccuracyCheck]) -> dict[str, float | None]:
    """Mean absolute error and mean of predicted less found in points, Spearman's rank correlation.

    The correlation is None from fewer than three networks and where all are predicted or found alike.
    """
    import numpy as np

    predicted, found = (np.array([getattr(each, name) for each in checks]) for name in ("predicted", "found"))
    ranked = len(checks) >= FEWEST and np.ptp(predicted) > 0 and np.ptp(found) > 0
    return {
        "networks": len(checks),
        "error": float(np.abs(predicted - found).mean()),
        "bias": float((predicted - found).mean()),
        "spearman": metrics(predicted, found)["spearman"] if ranked else None,
    }

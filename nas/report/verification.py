"""How far off predictions were: latencies by round, accuracies that a model chose."""

from collections.abc import Sequence

from nas.runs import AccuracyCheck, LatencyCheck, Round
from predictors import metrics

FEWEST = 3  # networks from which a rank correlation says anything


def round_words(found: Round) -> str:
    """One sentence on a round of measurements."""
    networks = "network" if found.measured == 1 else "networks"
    measured = f"Round {found.number}: {found.measured} {networks} measured"
    measured += f" ({found.failed} more could not be)" if found.failed else ""
    words = f"{measured}, {found.broke} broke a budget or limit; "
    words += f"predictions off by {found.error:.1%} on average, measured {found.bias:+.1%} in the median"
    if found.number == 1:
        return f"{words}."
    pace = "slower" if found.drift >= 0 else "faster"
    return f"{words}; the device ran {abs(found.drift):.1%} {pace} than in round 1, which is taken out."


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

"""Conformal intervals of latencies (Vovk et al., 2005; normalised as in Lei et al., 2018).

The scores are log(measured / predicted) of networks that the model was not fitted to: a calibration set (split), or
each network predicted by models fitted without its fold (cross-validated; Barber et al., 2021). What is promised
holds for networks drawn like those; where a network is unlike them the interval is widened beyond it.
"""

import math
from dataclasses import dataclass

import numpy as np

from predictors.intervals.unseen import widening
from predictors.models.protocol import Record, array

MIN_CALIBRATION = 9  # networks below which no 90 % interval exists


class NoIntervalError(ValueError):
    """Too few networks for the confidence asked for."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ConformalBand:
    """Sorted `scores` (n,) of networks not fitted; divided by the model's relative spread when `normalised`."""

    scores: np.ndarray
    normalised: bool

    @classmethod
    def fit(
        cls, predicted_ms: np.ndarray, std_ms: np.ndarray, measured_ms: np.ndarray, *, normalised: bool
    ) -> "ConformalBand":
        """The band of these networks, arrays of shape (n,)."""
        scores = np.log(measured_ms / predicted_ms) / _scale(predicted_ms, std_ms, normalised)
        return cls(scores=np.sort(scores), normalised=normalised)

    def ends(
        self,
        predicted_ms: np.ndarray,
        std_ms: np.ndarray,
        *,
        confidence: float,
        excess: np.ndarray | float = 1.0,
        unseen: np.ndarray | float = 1.0,
        least: float = 0.0,
        assurance: float | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper end, each (n,); the latency lies beyond each of them with chance 1 - `confidence`.

        `excess` (n,), from `Novelty`, or `unseen_factor` (n,) widens; at confidence 0.5 both ends are the prediction.
        No end is closer than the score `least`. With an `assurance`, the upper end holds with that chance for a share
        `confidence` of all networks, whatever networks the scores came from (`tolerance_limit`).

        Raises:
            NoIntervalError: too few networks for this confidence.
        """
        low, high = self.quantiles(confidence)
        if assurance is not None and confidence > 0.5:
            high = tolerance_limit(self.scores, confidence=confidence, assurance=assurance)
        scale = _scale(predicted_ms, std_ms, self.normalised)
        strange = np.asarray(excess, dtype=float) ** (2 * confidence - 1)
        wider = np.maximum(strange, widening(np.asarray(unseen, dtype=float), confidence))
        lower = predicted_ms * np.exp(min(low, -least) * scale) / wider
        upper = predicted_ms * np.exp(max(high, least) * scale) * wider
        return lower, upper

    def quantiles(self, confidence: float) -> tuple[float, float]:
        """Scores at rank (n + 1) * confidence from either side.

        Raises:
            NoIntervalError: fewer than `MIN_CALIBRATION` networks, or fewer than the confidence needs.
        """
        if confidence == 0.5:
            return 0.0, 0.0
        n = len(self.scores)
        rank = _supported_rank(n, confidence)
        return float(self.scores[n - rank]), float(self.scores[rank - 1])

    def interval(
        self, predicted_ms: np.ndarray, std_ms: np.ndarray, *, coverage: float, excess: np.ndarray | float = 1.0
    ) -> tuple[np.ndarray, np.ndarray]:
        """Both ends, each (n,), of a symmetric interval that holds the latency with chance `coverage`.

        Raises:
            NoIntervalError: too few networks for this coverage.
        """
        sizes = np.sort(np.abs(self.scores))
        radius = sizes[_supported_rank(len(sizes), coverage) - 1] * _scale(predicted_ms, std_ms, self.normalised)
        factor = np.exp(radius) * np.asarray(excess, dtype=float)
        return predicted_ms / factor, predicted_ms * factor

    def record(self) -> Record:
        """What `from_record` reads back, as JSON values."""
        return {"scores": self.scores.tolist(), "normalised": self.normalised}

    @classmethod
    def from_record(cls, record: Record) -> "ConformalBand":
        """Read what `record` gave."""
        return cls(scores=np.sort(array(record, "scores", None)), normalised=bool(record["normalised"]))


def networks_needed(confidence: float) -> int:
    """How many networks an end at this confidence needs."""
    return max(MIN_CALIBRATION, math.ceil(confidence / (1 - confidence) - 1e-9))


def tolerance_limit(scores: np.ndarray, *, confidence: float, assurance: float) -> float:
    """The smallest score (n,) above a share `confidence` of all networks with chance `assurance`.

    The share below the score of rank r is Beta(r, n + 1 - r) (Vovk, 2012); where no rank suffices, the largest score,
    which keeps the confidence on average.

    Raises:
        NoIntervalError: too few scores even for that.
    """
    from scipy.stats import beta

    n, needed = len(scores), networks_needed(confidence)
    if n < needed:
        raise NoIntervalError(f"no budget can be promised at {confidence:.0%}: it needs {needed} networks, got {n}")
    ranks = np.arange(1, n + 1)
    enough = beta.sf(confidence, ranks, n + 1 - ranks) >= assurance
    rank = int(ranks[np.argmax(enough)]) if enough.any() else n
    return float(np.sort(scores)[rank - 1])


def normalising_helps(predicted_ms: np.ndarray, std_ms: np.ndarray, measured_ms: np.ndarray) -> bool:
    """Whether dividing by the model's spread makes 90 % intervals narrower on average.

    To be asked of cross-validated rows: asked of the calibration networks, it would bend their promise.
    """
    if len(predicted_ms) < MIN_CALIBRATION or not (std_ms > 0).all():
        return False
    sizes = [
        np.quantile(np.abs(np.log(measured_ms / predicted_ms)) / scale, 0.9) * scale.mean()
        for scale in (_scale(predicted_ms, std_ms, normalised) for normalised in (False, True))
    ]
    return bool(sizes[1] < 0.98 * sizes[0])


def conformal_rank(n: int, share: float) -> int:
    """Rank, from 1, of the one of `n` scores below which a further one lies with chance `share`; above `n`: none."""
    return math.ceil((n + 1) * share - 1e-9)  # a product such as 10 * 0.9 may lie a bit above its value


def _supported_rank(n: int, confidence: float) -> int:
    rank = conformal_rank(n, confidence)
    if n < MIN_CALIBRATION or rank > n:
        needed = networks_needed(confidence)
        raise NoIntervalError(
            f"no interval at {confidence:.0%} confidence: it needs {needed} networks, there are {n}"
        )
    return rank


def _scale(predicted_ms: np.ndarray, std_ms: np.ndarray, normalised: bool) -> np.ndarray:
    return np.asarray(std_ms / predicted_ms if normalised else np.ones_like(predicted_ms))

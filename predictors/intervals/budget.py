"""The budget contract: an answer keeps the budget with the confidence asked for, although it was picked.

A search picks, among many candidates, one that offers much at little latency, and so one whose latency was predicted
too low more often than a random one is: the winner's curse. What a candidate offers beyond what its predicted
latency explains, its surplus, is evidence that it is slower than predicted. How strong this evidence is, and which
margin is left after it, is learned on networks that were not fitted.
"""

from dataclasses import dataclass

import numpy as np

from predictors.intervals.conformal import networks_needed, tolerance_limit

_TOP_SHARE = 0.2  # networks with the largest surplus, among which a search finds its answers
_CERTAIN = 3.0  # standard errors from which on a slope is no chance


@dataclass(frozen=True, kw_only=True, eq=False)
class Surplus:
    """Value minus the line `start` + `rate` * log(predicted ms), and what it says about the latency.

    Up to `largest`, the largest one met, each unit of surplus raises the log latency by `slope`; beyond it the whole
    surplus is taken as latency, 1 / rate per unit.
    """

    start: float
    rate: float
    slope: float
    largest: float

    @classmethod
    def fit(cls, log_predicted: np.ndarray, error: np.ndarray, value: np.ndarray) -> "Surplus":
        """Learn from the log errors (n,) of networks that were not fitted.

        The slope is never negative: offering more is no evidence of being faster.
        """
        design = np.stack([np.ones_like(log_predicted), log_predicted], axis=1)
        start, rate = (float(c) for c in np.linalg.lstsq(design, value, rcond=None)[0])
        surplus = value - start - rate * log_predicted
        power = float((surplus**2).sum())
        slope = 0.0
        if power > 1e-12 * float((value**2).sum()):
            slope = float((surplus * error).sum()) / power
            rest = float(((error - slope * surplus) ** 2).sum()) / max(len(error) - 3, 1)
            slope = slope if slope > _CERTAIN * np.sqrt(rest / power) else 0.0
        return cls(start=start, rate=rate, slope=slope, largest=float(surplus.max()))

    def of(self, predicted_ms: np.ndarray, value: np.ndarray) -> np.ndarray:
        """Surplus of each candidate, shape (n,)."""
        return np.asarray(value - self.start - self.rate * np.log(predicted_ms))

    def correction(self, predicted_ms: np.ndarray, value: np.ndarray) -> np.ndarray:
        """What to add to the log prediction, shape (n,)."""
        surplus = self.of(predicted_ms, value)
        steeper = max(1 / self.rate - self.slope, 0.0) if self.rate > 0 else 0.0
        return np.asarray(self.slope * surplus + steeper * np.maximum(surplus - self.largest, 0))


@dataclass(frozen=True, kw_only=True, eq=False)
class BudgetContract:
    """Upper ends to pick by: predicted * exp(correction + margin * spread).

    The correction comes from the `surplus`, None where the search maximises nothing but latency; `spread` is the
    model's relative spread when `normalised`, else 1.
    """

    confidence: float
    margin: float
    normalised: bool
    surplus: Surplus | None = None

    @classmethod
    def fit(
        cls,
        predicted_ms: np.ndarray,
        std_ms: np.ndarray,
        measured_ms: np.ndarray,
        *,
        confidence: float,
        value: np.ndarray | None = None,
        normalised: bool = False,
        assurance: float = 0.9,
    ) -> "BudgetContract":
        """Learn from networks that were not fitted, arrays of shape (n,).

        `value` is what the search maximises. `assurance` is the chance, over the draw of these networks, that the
        margin holds for a share `confidence` of all single networks; with values, also of those with the largest
        surplus.

        Raises:
            NoIntervalError: too few networks for this confidence.
        """
        surplus = (
            None if value is None else Surplus.fit(np.log(predicted_ms), np.log(measured_ms / predicted_ms), value)
        )
        bare = cls(confidence=confidence, margin=0.0, normalised=normalised, surplus=surplus)
        spread = std_ms / predicted_ms if normalised else np.ones_like(predicted_ms)
        scores = np.log(measured_ms / bare.upper(predicted_ms, std_ms, value=value)) / spread
        margin = tolerance_limit(scores, confidence=confidence, assurance=assurance)
        if surplus is not None and value is not None:
            found = surplus.of(predicted_ms, value)
            top = scores[found >= np.quantile(found, 1 - _TOP_SHARE)]
            if len(top) >= networks_needed(confidence):
                margin = max(margin, tolerance_limit(top, confidence=confidence, assurance=assurance))
        return cls(confidence=confidence, margin=max(margin, 0.0), normalised=normalised, surplus=surplus)

    def upper(self, predicted_ms: np.ndarray, std_ms: np.ndarray, *, value: np.ndarray | None = None) -> np.ndarray:
        """Upper ends in ms, shape (n,), that a picked network keeps with chance `confidence`.

        Raises:
            ValueError: the contract was learned with values and none are given.
        """
        if self.surplus is not None and value is None:
            raise ValueError("this contract was learned with values; give the value of each candidate")
        correction: np.ndarray | float = 0.0
        if self.surplus is not None and value is not None:
            correction = self.surplus.correction(predicted_ms, value)
        spread = std_ms / predicted_ms if self.normalised else 1.0
        return np.asarray(predicted_ms * np.exp(correction + self.margin * spread))


def pick(upper_ms: np.ndarray, value: np.ndarray, budget_ms: float) -> int | None:
    """Index of the largest value whose upper end is within the budget; the first of equals, None without any."""
    fits = np.flatnonzero(upper_ms <= budget_ms)
    return int(fits[np.argmax(value[fits])]) if len(fits) else None

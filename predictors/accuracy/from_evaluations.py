"""Accuracy of sub-networks predicted from evaluations of a supernet, with intervals.

The target is the log error: a Gaussian process of the features (`Surrogate`), or of what a line in a prior's log
error leaves while evaluations are few and the prior predicts better. Intervals are conformal, from evaluations
predicted by models fitted without their fold.

Shapes: n evaluations, m asked, k features.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from predictors.accuracy.surrogate import Surrogate, fit_surrogate
from predictors.intervals.conformal import conformal_rank, networks_needed

FEWEST = 8
_FOLDS = 5
_FLOOR = 0.1  # of the spread of log errors: what a linear mean fits away is not certain for that
_OFFSET = 0.5  # percent, added to the error: the log of a perfect score is finite
Mean = Literal["prior", "features"]


@dataclass(frozen=True, kw_only=True, eq=False)
class AccuracyReport:
    """Errors in points of accuracy and rank correlations on evaluations that were not fitted."""

    mean: Mean
    mae: float
    p90: float
    kendall: float
    spearman: float
    n: int

    def describe(self) -> str:
        """One line for people."""
        return (
            f"accuracy: predicted from {self.n} evaluations ({self.mean} as mean), held-out error {self.mae:.2f} "
            f"points on average, {self.p90:.2f} at the 90th percentile, Kendall {self.kendall:.3f}, "
            f"Spearman {self.spearman:.3f}"
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class AccuracyModel:
    """Of features (n, k); `scores` (n,) are the sorted sizes of held-out errors over their deviations."""

    fitted: "_Fitted"
    scores: np.ndarray
    report: AccuracyReport

    def predict(
        self, features: np.ndarray, prior: np.ndarray | None = None, *, coverage: float = 0.9
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Accuracy, lower and upper end in percent, each (m,); `prior` (m,) is the prior's accuracy, as in the fit.

        Raises:
            ValueError: too few evaluations for this coverage.
        """
        if len(self.scores) < networks_needed(coverage):
            raise ValueError(f"no interval at {coverage:.0%}: it needs {networks_needed(coverage)} evaluations")
        log_error, std = self.fitted.predict(features, prior)
        rank = min(conformal_rank(len(self.scores), coverage), len(self.scores))
        half = self.scores[rank - 1] * std
        return _accuracy(log_error), _accuracy(log_error + half), _accuracy(log_error - half)


def fit_accuracy(features: np.ndarray, accuracy: np.ndarray, prior: np.ndarray | None = None) -> AccuracyModel:
    """Fit to evaluations: `features` (n, k), `accuracy` (n,) in percent, the prior's accuracy if there is one.

    Rows must be in no order that means anything: every fifth is held out in turn.

    Raises:
        ValueError: fewer than 8 evaluations, or an accuracy that is not a percentage.
    """
    n = len(accuracy)
    if n < FEWEST or features.shape[0] != n:
        raise ValueError(f"predicting accuracy needs at least {FEWEST} evaluations, got {n} of {features.shape[0]}")
    if not ((accuracy >= 0) & (accuracy <= 100)).all():
        raise ValueError("accuracies must be percentages from 0 to 100")
    found = {name: _cross_validated(name, features, accuracy, prior) for name in _means(prior)}
    chosen = min(found, key=lambda name: float(np.abs(found[name][0] - accuracy).mean()))
    held, z = found[chosen]
    fitted = _fit(chosen, features, accuracy, prior)
    return AccuracyModel(fitted=fitted, scores=np.sort(np.abs(z)), report=_report(chosen, held, accuracy))


def _means(prior: np.ndarray | None) -> tuple[Mean, ...]:
    return ("features",) if prior is None else ("prior", "features")


def _cross_validated(
    name: Mean, features: np.ndarray, accuracy: np.ndarray, prior: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Accuracy of each row by a model without its fold, and its log error over its deviation, each (n,)."""
    fold, n = np.arange(len(accuracy)) % _FOLDS, len(accuracy)
    log_error, std = np.empty(n), np.empty(n)
    for index in range(_FOLDS):
        held = fold == index
        own = None if prior is None else prior[~held]
        fitted = _fit(name, features[~held], accuracy[~held], own)
        log_error[held], std[held] = fitted.predict(features[held], None if prior is None else prior[held])
    return _accuracy(log_error), (_log_error(accuracy) - log_error) / std


@dataclass(frozen=True, kw_only=True, eq=False)
class _Fitted:
    """A process of what `line` = (start, rate) leaves of the log error; without a line, of the log error."""

    surrogate: Surrogate
    line: tuple[float, float] | None
    floor: float

    def predict(self, features: np.ndarray, prior: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """Log error and its standard deviation, each (m,)."""
        mean, std = self.surrogate.predict(features)
        if self.line is not None:
            if prior is None:
                raise ValueError("this model was fitted with a prior; give the prior's accuracies")
            mean = mean + self.line[0] + self.line[1] * _log_error(prior)
        return mean, np.hypot(std, self.floor)


def _fit(name: Mean, features: np.ndarray, accuracy: np.ndarray, prior: np.ndarray | None) -> _Fitted:
    target, line = _log_error(accuracy), None
    floor = _FLOOR * float(target.std())
    if name == "prior":
        assert prior is not None
        expected = _log_error(prior)
        rate = max(float(np.polyfit(expected, target, 1)[0]), 0.0) if np.ptp(expected) > 0 else 0.0
        line = float(target.mean() - rate * expected.mean()), rate
        target = target - line[0] - rate * expected
    return _Fitted(surrogate=fit_surrogate(features, target), line=line, floor=floor)


def _log_error(accuracy: np.ndarray) -> np.ndarray:
    return np.asarray(np.log(100 - accuracy + _OFFSET))


def _accuracy(log_error: np.ndarray) -> np.ndarray:
    return np.asarray(np.clip(100 + _OFFSET - np.exp(log_error), 0, 100))


def _report(name: Mean, predicted: np.ndarray, accuracy: np.ndarray) -> AccuracyReport:
    from scipy.stats import kendalltau, spearmanr

    error = np.abs(predicted - accuracy)
    constant = np.ptp(predicted) == 0 or np.ptp(accuracy) == 0
    return AccuracyReport(
        mean=name,
        mae=float(error.mean()),
        p90=float(np.quantile(error, 0.9)),
        kendall=0.0 if constant else float(kendalltau(predicted, accuracy).statistic),
        spearman=0.0 if constant else float(spearmanr(predicted, accuracy).statistic),
        n=len(accuracy),
    )

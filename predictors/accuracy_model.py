"""Accuracy of sub-networks predicted from evaluations of a supernet: a Gaussian process with a prior as its mean.

The target is the log error. Its mean is linear: in the prior's log error alone while evaluations are few, in all
features by ridge regression once these predict better; the process takes what is left (Rasmussen and Williams, 2006,
section 2.7). Intervals are conformal, from evaluations predicted by models fitted without their fold.

Shapes: n evaluations, m asked, k features.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from predictors.conformal import networks_needed

FEWEST = 8
_FOLDS = 5
_FLOOR = 0.1  # of the spread of log errors: what a linear mean fits away is not certain for that
_OFFSET = 0.5  # percent, added to the error: the log of a perfect score is finite
_RIDGES = tuple(10.0**exponent for exponent in range(-2, 5))
Mean = Literal["prior", "ridge"]


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
    """Fitted to `features` (n, k); `scores` (n,) are the sorted sizes of held-out errors over their deviations."""

    center: np.ndarray
    scale: np.ndarray
    mean: Any
    process: Any
    target_scale: float
    floor: float
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
        log_error, std = _predict(self, features, prior)
        rank = min(int(np.ceil((len(self.scores) + 1) * coverage)), len(self.scores))
        half = self.scores[rank - 1] * std
        return _accuracy(log_error), _accuracy(log_error + half), _accuracy(log_error - half)

    def spread(self, features: np.ndarray, prior: np.ndarray | None = None) -> np.ndarray:
        """Standard deviation of the log error, shape (m,)."""
        return _predict(self, features, prior)[1]


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
    report = _report(chosen, held, accuracy)
    return _fit(chosen, features, accuracy, prior, scores=np.sort(np.abs(z)), report=report)


def choose_evaluations(
    accuracy_high: np.ndarray, spread: np.ndarray, latency_ms: np.ndarray, *, count: int
) -> np.ndarray:
    """Rows to evaluate next: the least certain of those that may lie on the front, (at most count,).

    A row may lie on the front when its upper end (m,) is beaten by no faster row's; after these come the others by
    how much they may gain.
    """
    order = np.lexsort((-accuracy_high, latency_ms))
    best = np.maximum.accumulate(accuracy_high[order])
    gain = np.empty(len(order))
    gain[order] = accuracy_high[order] - np.concatenate([[-np.inf], best[:-1]])
    front = gain > 0
    ranked = np.lexsort((-np.where(front, spread, gain), ~front))
    return np.asarray(ranked[:count])


def _means(prior: np.ndarray | None) -> tuple[Mean, ...]:
    return ("ridge",) if prior is None else ("prior", "ridge")


def _cross_validated(
    name: Mean, features: np.ndarray, accuracy: np.ndarray, prior: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Accuracy of each row by a model without its fold, and its log error over its deviation, each (n,)."""
    fold, n = np.arange(len(accuracy)) % _FOLDS, len(accuracy)
    log_error, std = np.empty(n), np.empty(n)
    for index in range(_FOLDS):
        held = fold == index
        own = None if prior is None else prior[~held]
        model = _fit(name, features[~held], accuracy[~held], own)
        log_error[held], std[held] = _predict(model, features[held], None if prior is None else prior[held])
    return _accuracy(log_error), (_log_error(accuracy) - log_error) / std


def _fit(
    name: Mean,
    features: np.ndarray,
    accuracy: np.ndarray,
    prior: np.ndarray | None,
    *,
    scores: np.ndarray | None = None,
    report: AccuracyReport | None = None,
) -> AccuracyModel:
    import warnings

    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
    from sklearn.linear_model import LinearRegression, RidgeCV

    center, scale = features.mean(axis=0), features.std(axis=0)
    scale = np.where(scale > 1e-9, scale, np.inf)  # what never varies tells nothing
    x, target = (features - center) / scale, _log_error(accuracy)
    linear = RidgeCV(alphas=_RIDGES) if name == "ridge" else LinearRegression(positive=True)
    inputs = x if name == "ridge" else _column(prior)
    linear.fit(inputs, target)
    rest = target - linear.predict(inputs)
    size = max(float(rest.std()), 1e-6)
    width = np.sqrt(max(int(np.isfinite(scale).sum()), 1))
    kernel = ConstantKernel(0.5, (1e-3, 10)) * RBF(width, (0.2 * width, 30 * width)) + WhiteKernel(0.5, (1e-4, 2))
    process = GaussianProcessRegressor(kernel, alpha=1e-10)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a kernel parameter at its bound is an answer
        process.fit(x, rest / size)
    return AccuracyModel(
        center=center,
        scale=scale,
        mean=linear if name == "ridge" else _OfPrior(linear),
        process=process,
        target_scale=size,
        floor=_FLOOR * float(target.std()),
        scores=np.array([]) if scores is None else scores,
        report=report or AccuracyReport(mean=name, mae=0, p90=0, kendall=0, spearman=0, n=len(accuracy)),
    )


@dataclass(frozen=True)
class _OfPrior:
    """A linear model of the prior's log error."""

    linear: Any


def _predict(model: AccuracyModel, features: np.ndarray, prior: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    x = (features - model.center) / model.scale
    of_prior = isinstance(model.mean, _OfPrior)
    base = model.mean.linear.predict(_column(prior)) if of_prior else model.mean.predict(x)
    rest, std = model.process.predict(x, return_std=True)
    return np.asarray(base + rest * model.target_scale), np.hypot(std * model.target_scale, model.floor)


def _column(prior: np.ndarray | None) -> np.ndarray:
    if prior is None:
        raise ValueError("this model was fitted with a prior; give the prior's accuracies")
    return _log_error(prior)[:, None]


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

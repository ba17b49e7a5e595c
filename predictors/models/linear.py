"""Linear models with non-negative coefficients, fitted in relative error.

No coefficient is ever negative: a search would find the corner where a negative one makes a network free.
"""

from dataclasses import dataclass

import numpy as np

from predictors.models.protocol import Record, array, check_rows
from predictors.models.sums import weighted_rows

SMALLEST_MS = 1e-6
_IRLS_ROUNDS = 30
_IRLS_FLOOR = 0.01  # relative errors below 1 % all count alike: smaller ones are noise


@dataclass(frozen=True, kw_only=True, eq=False)
class LinearModel:
    """latency = design @ coefficients, in ms.

    `noise` is the relative spread of a row around it and `covariance` (k, k) that of the coefficients, so that the
    spread grows with the leverage of a row.
    """

    coefficients: np.ndarray
    noise: float
    covariance: np.ndarray

    def predict(self, design: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See `LatencyModel`."""
        mean = np.maximum(weighted_rows(design, self.coefficients), SMALLEST_MS)
        return mean, mean * self.relative_std(design, mean)

    def relative_std(self, design: np.ndarray, mean: np.ndarray) -> np.ndarray:
        """Standard deviation over mean, shape (n,)."""
        used = self.coefficients > 0
        rows, covariance = design[:, used], self.covariance[np.ix_(used, used)]
        leverage = ((rows @ covariance) * rows).sum(axis=1) / mean**2
        return np.asarray(np.sqrt(self.noise**2 + np.maximum(leverage, 0)))

    def record(self) -> Record:
        """See `LatencyModel`."""
        return {
            "kind": "linear",
            "coefficients": self.coefficients.tolist(),
            "noise": self.noise,
            "covariance": self.covariance.tolist(),
        }

    @classmethod
    def from_record(cls, record: Record) -> "LinearModel":
        """Read what `record` gave."""
        coefficients = array(record, "coefficients", None)
        k = len(coefficients)
        noise = float(array(record, "noise"))
        return cls(coefficients=coefficients, noise=noise, covariance=array(record, "covariance", k, k))


@dataclass(frozen=True, kw_only=True)
class MacsAffine:
    """Baseline: a constant plus one rate for the sum of the columns that count multiply-adds."""

    macs_columns: tuple[int, ...]

    def fit(self, design: np.ndarray, latency_ms: np.ndarray) -> LinearModel:
        """See `Regressor`; the constant goes to the first column that is 1 in every row.

        Raises:
            ValueError: no column is constant.
        """
        check_rows(design, latency_ms)
        ones = np.flatnonzero((design == 1).all(axis=0))
        if not len(ones):
            raise ValueError("no column of the design is 1 in every row; the affine model needs one")
        macs = list(self.macs_columns)
        two = np.stack([np.ones(len(design)), design[:, macs].sum(axis=1)], axis=1)
        constant, rate = _nonnegative(two / latency_ms[:, None], np.ones(len(design)))
        coefficients = np.zeros(design.shape[1])
        coefficients[macs] = rate
        coefficients[ones[0]] = constant
        return linear_model(design, latency_ms, coefficients)


@dataclass(frozen=True, kw_only=True)
class NonNegativeRidge:
    """Non-negative least squares of the relative error, with a penalty on the squared share of the mean latency
    that each column has; no penalty at 0."""

    penalty: float = 0.0

    def fit(self, design: np.ndarray, latency_ms: np.ndarray) -> LinearModel:
        """See `Regressor`."""
        check_rows(design, latency_ms)
        weights = np.ones(len(design))
        return linear_model(design, latency_ms, _shares(design, latency_ms, weights, self.penalty))


@dataclass(frozen=True, kw_only=True)
class RobustNonNegative:
    """Least absolute relative error by iteratively reweighted least squares, for devices with throttled rows."""

    penalty: float = 0.0

    def fit(self, design: np.ndarray, latency_ms: np.ndarray) -> LinearModel:
        """See `Regressor`."""
        check_rows(design, latency_ms)
        weights = np.ones(len(design))
        for _ in range(_IRLS_ROUNDS):
            coefficients = _shares(design, latency_ms, weights, self.penalty)
            error = np.abs(design @ coefficients / latency_ms - 1)
            weights, before = 1 / np.maximum(error, _IRLS_FLOOR), weights
            weights /= weights.mean()
            if np.abs(weights - before).max() < 1e-6:
                break
        return linear_model(design, latency_ms, coefficients, weights=weights)


def _shares(design: np.ndarray, latency_ms: np.ndarray, weights: np.ndarray, penalty: float) -> np.ndarray:
    scale = np.maximum(np.abs(design).max(axis=0), 1e-12) / latency_ms.mean()
    root = np.sqrt(weights)
    rows, target = design / scale / latency_ms[:, None] * root[:, None], root
    if penalty > 0:
        width = design.shape[1]
        rows = np.concatenate([rows, np.sqrt(penalty * len(design)) * np.eye(width)])
        target = np.concatenate([target, np.zeros(width)])
    return np.asarray(_nonnegative(rows, target) / scale)


def _nonnegative(rows: np.ndarray, target: np.ndarray) -> np.ndarray:
    from scipy.optimize import nnls

    found: np.ndarray = nnls(rows, target, maxiter=10_000)[0]
    return found


def linear_model(
    design: np.ndarray, latency_ms: np.ndarray, coefficients: np.ndarray, *, weights: np.ndarray | None = None
) -> LinearModel:
    """The model with the noise and the covariance that its active columns leave on these rows."""
    used = coefficients > 0
    mean = np.maximum(design @ coefficients, SMALLEST_MS)
    error = latency_ms / mean - 1
    if weights is not None:  # what throttled rows are off by is not the spread of the others
        error = np.clip(error, -4 * np.median(np.abs(error)), 4 * np.median(np.abs(error)))
    freedom = max(len(design) - int(used.sum()), 1)
    noise = float(np.sqrt((error**2).sum() / freedom))
    active = design[:, used] / mean[:, None]
    covariance = np.zeros((len(coefficients), len(coefficients)))
    covariance[np.ix_(used, used)] = noise**2 * np.linalg.pinv(active.T @ active, rcond=1e-10, hermitian=True)
    return LinearModel(coefficients=coefficients, noise=noise, covariance=covariance)

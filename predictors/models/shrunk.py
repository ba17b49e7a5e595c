"""Ridge shrunk to the coefficients of another device or of a roofline, rescaled to this one."""

from dataclasses import dataclass

import numpy as np

from predictors.models.linear import LinearModel, linear_model
from predictors.models.protocol import check_rows


@dataclass(frozen=True, kw_only=True, eq=False)
class PriorRidge:
    """Non-negative least squares of the relative error, penalised by the squared distance to `prior` (k,).

    The prior is first multiplied by the one factor that suits the rows best, so that a faster device of the same
    kind costs nothing; the distance counts in shares of the mean latency.
    """

    prior: np.ndarray
    penalty: float

    def __post_init__(self) -> None:
        if (self.prior < 0).any() or not self.prior.any():
            raise ValueError(f"prior coefficients must be non-negative and not all zero, got {self.prior}")
        if self.penalty <= 0:
            raise ValueError(f"penalty must be positive, got {self.penalty}")

    def fit(self, design: np.ndarray, latency_ms: np.ndarray) -> LinearModel:
        """Fit to `design` (n, k) and `latency_ms` (n,), all positive."""
        from scipy.optimize import nnls

        check_rows(design, latency_ms)
        n, width = design.shape
        ratio = design @ self.prior / latency_ms
        factor = ratio.sum() / (ratio**2).sum()
        scale = np.maximum(np.abs(design).max(axis=0), 1e-12) / latency_ms.mean()
        root = np.sqrt(self.penalty * n)
        rows = np.concatenate([design / scale / latency_ms[:, None], root * np.eye(width)])
        target = np.concatenate([np.ones(n), root * factor * self.prior * scale])
        shares: np.ndarray = nnls(rows, target, maxiter=10_000)[0]
        return linear_model(design, latency_ms, shares / scale)

"""How unlike the fitted networks a network is: its distance in whitened features."""

from dataclasses import dataclass

import numpy as np

from predictors.models.protocol import Record, array

_SHRINKAGE = 0.05  # share of the variance taken as round, so that features tied together leave some room
_MARGIN = 1.25  # how much farther than the farthest fitted row, seen from the others, is still alike
_CONSTANT_STEP = 0.05  # a feature that never varied is strange once it differs by this share
_MOST = 100.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Novelty:
    """Distances from `center` (k,) after multiplying by `whitening` (k, k); alike up to `limit`."""

    center: np.ndarray
    whitening: np.ndarray
    limit: float

    @classmethod
    def fit(cls, design: np.ndarray) -> "Novelty":
        """Mahalanobis distance with a shrunk covariance; the limit comes from rows left out of it."""
        n, k = design.shape
        center, scale = design.mean(axis=0), design.std(axis=0)
        constant = scale <= 1e-9 * np.maximum(np.abs(center), 1e-12)
        step = _CONSTANT_STEP * np.where(np.abs(center) > 0, np.abs(center), 1.0)
        z = np.where(constant, 0.0, (design - center) / np.where(constant, 1.0, scale))
        covariance = (1 - _SHRINKAGE) * z.T @ z / n + _SHRINKAGE * np.eye(k)
        covariance[constant, constant] = 1.0
        values, vectors = np.linalg.eigh(covariance)
        whitening = (vectors / np.sqrt(values)) / np.where(constant, step, scale)[:, None]
        square = (((design - center) @ whitening) ** 2).sum(axis=1)
        left_out = np.sqrt(square) / np.maximum(1 - (square + 1) / n, 0.5 / n)  # Sherman-Morrison
        limit = _MARGIN * float(np.quantile(left_out, 0.99, method="lower")) if n > 1 else 1.0
        return cls(center=center, whitening=whitening, limit=max(limit, 1e-6))

    def excess(self, design: np.ndarray) -> np.ndarray:
        """Factor, 1 to 100, by which each row of `design` (n, k) is farther away than the limit, shape (n,)."""
        distance = np.sqrt((((design - self.center) @ self.whitening) ** 2).sum(axis=1))
        return np.asarray(np.clip(distance / self.limit, 1.0, _MOST))

    def record(self) -> Record:
        """JSON values."""
        return {"center": self.center.tolist(), "whitening": self.whitening.tolist(), "limit": self.limit}

    @classmethod
    def from_record(cls, record: Record) -> "Novelty":
        """Read what `record` gave."""
        center = array(record, "center", None)
        whitening = array(record, "whitening", len(center), len(center))
        limit = float(array(record, "limit"))
        if limit <= 0:
            raise ValueError(f"limit must be positive, got {limit}")
        return cls(center=center, whitening=whitening, limit=limit)

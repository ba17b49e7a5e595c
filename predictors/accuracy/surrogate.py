"""A small Gaussian process for the error of networks that were not evaluated, refitted as evaluations come.

The kernel is a line and a bell on standardised features, K = w X X'/k + (1 - w) exp(-|x - x'|^2 / (2 k l^2)), with
noise on the diagonal; weight, length and noise are those of the highest marginal likelihood (Rasmussen and Williams,
2006, equation 5.8) at the best scale of the process. Leave-one-out errors mislead here: evaluations crowd where the
search has been, and a line through a crowd promises anything beyond it.

Shapes: n evaluations, m asked, k features.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

WEIGHTS, LENGTHS = (1.0, 0.9, 0.5, 0.1), (0.5, 1.0, 2.0)
NOISES = tuple(10.0 ** (exponent / 2) for exponent in range(-6, 2))


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """Share of the line, length of the bell and variance of the noise, relative to the kernel."""

    weight: float
    length: float
    noise: float

    def between(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Covariances (n, m) of standardised features (n, k) and (m, k)."""
        k = first.shape[1]
        inner = first @ second.T
        squares = (first**2).sum(axis=1)[:, None] + (second**2).sum(axis=1)[None] - 2 * inner
        bell = np.exp(-np.maximum(squares, 0) / (2 * k * self.length**2))
        return np.asarray(self.weight * inner / k + (1 - self.weight) * bell)

    def at(self, rows: np.ndarray) -> np.ndarray:
        """Variances (n,)."""
        return np.asarray(self.weight * (rows**2).sum(axis=1) / rows.shape[1] + 1 - self.weight)


@dataclass(frozen=True, kw_only=True, eq=False)
class Surrogate:
    """Fitted to standardised `rows` (n, k); `inverse` (n, n) of the covariance, `weights` (n,)."""

    center: np.ndarray
    scale: np.ndarray
    level: float
    spread: float
    kernel: Kernel
    rows: np.ndarray
    inverse: np.ndarray
    weights: np.ndarray

    def predict(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation, each (m,), of `features` (m, k)."""
        rows = (features - self.center) / self.scale
        cross = self.kernel.between(rows, self.rows)
        variance = self.kernel.at(rows) - np.einsum("mn,mn->m", cross @ self.inverse, cross)
        # the scale of the whole process: mean squared leave-one-out error over its expectation
        left_out = self.weights / np.diag(self.inverse)
        size = float(np.mean(left_out**2 * np.diag(self.inverse)))
        std = np.sqrt(np.maximum(variance * size, 1e-12))
        return self.level + self.spread * (cross @ self.weights), self.spread * std


def fit_surrogate(features: np.ndarray, values: np.ndarray, kernel: Kernel | None = None) -> Surrogate:
    """Fit to `features` (n, k) and `values` (n,); without a `kernel` the best one is chosen."""
    center, scale = features.mean(axis=0), features.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    rows, level, spread = (features - center) / scale, float(values.mean()), float(values.std()) or 1.0
    target = (values - level) / spread
    chosen = kernel or _choose(rows, target)
    inverse = np.linalg.inv(chosen.between(rows, rows) + chosen.noise * np.eye(len(rows)))
    return Surrogate(
        center=center,
        scale=scale,
        level=level,
        spread=spread,
        kernel=chosen,
        rows=rows,
        inverse=inverse,
        weights=inverse @ target,
    )


def _choose(rows: np.ndarray, target: np.ndarray) -> Kernel:
    best, least = Kernel(weight=1.0, length=1.0, noise=1.0), np.inf
    for weight, length in product(WEIGHTS, LENGTHS):
        if weight == 1.0 and length != LENGTHS[0]:
            continue  # no bell, no length
        values, vectors = np.linalg.eigh(Kernel(weight=weight, length=length, noise=0.0).between(rows, rows))
        turned = vectors.T @ target
        for noise in NOISES:
            spectrum = np.maximum(values, 0) + noise
            loss = len(target) * float(np.log((turned**2 / spectrum).mean())) + float(np.log(spectrum).sum())
            if loss < least:
                best, least = Kernel(weight=weight, length=length, noise=noise), loss
    return best

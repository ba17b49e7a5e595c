"""Gaussian process on the log residual of a linear model (Rasmussen and Williams, 2006, algorithm 2.1)."""

import warnings
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from predictors.models.linear import LinearModel
from predictors.models.protocol import Record, Regressor, array, check_rows


@dataclass(frozen=True, kw_only=True, eq=False)
class GaussianModel:
    """What `base` predicts times exp(g), g a Gaussian process of the standardised design.

    `inputs` (n, k) are the fitted rows, standardised by `center` and `scale` (k,) and divided by the length scales;
    `alpha` (n,) the dual weights; `signal` and `noise` the variances. Far from the inputs g goes back to 0.
    """

    base: LinearModel
    center: np.ndarray
    scale: np.ndarray
    inputs: np.ndarray
    alpha: np.ndarray
    signal: float
    noise: float

    def predict(self, design: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation in ms, each (n,), of rows (n, k); the spread holds the noise, too."""
        from scipy.linalg import solve_triangular

        mean = self.base.predict(design)[0]
        kernel = self.signal * _rbf((design - self.center) / self.scale, self.inputs)
        solved = solve_triangular(self._cholesky, kernel.T, lower=True)
        variance = np.maximum(self.signal - (solved**2).sum(axis=0), 0) + self.noise
        mean = mean * np.exp(kernel @ self.alpha)
        return mean, mean * np.sqrt(variance)

    @cached_property
    def _cholesky(self) -> np.ndarray:
        kernel = self.signal * _rbf(self.inputs, self.inputs)
        found: np.ndarray = np.linalg.cholesky(kernel + (self.noise + 1e-10) * np.eye(len(kernel)))
        return found

    def record(self) -> Record:
        """What `load_model` reads back, as JSON values; the kernel matrix is made anew."""
        arrays = {name: getattr(self, name).tolist() for name in ("center", "scale", "inputs", "alpha")}
        return {
            "kind": "gaussian",
            "base": self.base.record(),
            "signal": self.signal,
            "noise": self.noise,
            **arrays,
        }

    @classmethod
    def from_record(cls, record: Record) -> "GaussianModel":
        """Read what `record` gave."""
        base = LinearModel.from_record(record["base"])
        k, alpha = len(base.coefficients), array(record, "alpha", None)
        scale, signal, noise = array(record, "scale", k), array(record, "signal"), array(record, "noise")
        if (scale <= 0).any() or signal < 0 or noise <= 0:
            raise ValueError("scale, signal and noise of a Gaussian process must be positive")
        return cls(
            base=base,
            center=array(record, "center", k),
            scale=scale,
            inputs=array(record, "inputs", len(alpha), k),
            alpha=alpha,
            signal=float(signal),
            noise=float(noise),
        )


@dataclass(frozen=True, kw_only=True)
class GaussianOnResidual:
    """Fits by maximum marginal likelihood (scikit-learn); one length scale, or one per column with `ard`."""

    base: Regressor
    ard: bool = False

    def fit(self, design: np.ndarray, latency_ms: np.ndarray) -> GaussianModel:
        """Fit the base, then the process to the logarithm of measured over its prediction, (n,)."""
        from sklearn.gaussian_process import GaussianProcessRegressor
        from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

        check_rows(design, latency_ms)
        base = self.base.fit(design, latency_ms)
        assert isinstance(base, LinearModel)
        center, scale = design.mean(axis=0), design.std(axis=0)
        scale = np.where(scale > 1e-9 * np.maximum(np.abs(center), 1e-12), scale, 1e12)  # constant: no distance
        x, target = (design - center) / scale, np.log(latency_ms / base.predict(design)[0])
        spread = max(float(target.std()), 1e-4)
        varying = max(int((scale < 1e12).sum()), 1)
        length = np.full(x.shape[1], np.sqrt(varying)) if self.ard else np.sqrt(varying)
        kernel = ConstantKernel(0.5, (1e-3, 10)) * RBF(length, (0.1 * np.sqrt(varying), 100 * np.sqrt(varying)))
        kernel += WhiteKernel(0.5, (1e-3, 2))
        process = GaussianProcessRegressor(kernel, alpha=1e-10)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a length scale at its bound is an answer: the column does not matter
            process.fit(x, target / spread)
        product, white = process.kernel_.k1, process.kernel_.k2
        lengths = product.k2.length_scale
        return GaussianModel(
            base=base,
            center=center,
            scale=scale * lengths,
            inputs=x / lengths,
            alpha=process.alpha_ / spread,
            signal=float(product.k1.constant_value) * spread**2,
            noise=float(white.noise_level) * spread**2,
        )


def _rbf(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    squares = (x**2).sum(axis=1)[:, None] + (y**2).sum(axis=1)[None] - 2 * x @ y.T
    return np.asarray(np.exp(-0.5 * np.maximum(squares, 0)))

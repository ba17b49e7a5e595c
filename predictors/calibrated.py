"""Devices nobody here has measured, calibrated on the latencies their makers or authors published.

A non-negative linear model of physics features, fitted in relative error to the published TensorRT fp16 batch-1 rows
of EfficientViT B and L, classification and segmentation (SAM rows time a decoder too, other networks have layers that
the features do not know; both are left out). Published latencies include data transfers.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib.resources import files

import numpy as np

from predictors.estimate import LatencyPrediction, Origin, check_confidence
from predictors.features import FEATURES, cost_column, cost_matrix, features
from search_space import ArchConfig, published

CALIBRATED_DEVICES = ("jetson-agx-orin", "jetson-nano")
FP16_BYTES = 2
# Softmax, window partition and the cascade are kernels that no published Jetson row contains. Fits of this kind
# under-predict ConvNeXt and Swin, whose rows contain such kernels, by a third to a half: they take up to twice as
# long as predicted.
UNSEEN_KERNELS_FACTOR = 2.0
_USED = [index for index in range(len(FEATURES)) if index < FEATURES.index("softmax_melements")]
_RANGE_MARGIN = 1.25  # how far outside the calibrated range a feature may be before the interval widens


@dataclass(frozen=True, kw_only=True, eq=False)
class CalibratedPredictor:
    """Latency from published rows: `costs` (n, len(COST_FIELDS)) and `latency_ms` (n,)."""

    device: str
    models: tuple[str, ...]
    costs: np.ndarray
    latency_ms: np.ndarray
    origin: Origin = "calibrated"

    def predict(self, archs: Sequence[ArchConfig], *, confidence: float) -> LatencyPrediction:
        """Latencies in ms; see `LatencyPrediction`."""
        check_confidence(confidence)
        costs = cost_matrix(archs)
        p50 = _design(costs) @ self._coefficients
        factor = self._spread(confidence) * self._widening(costs, confidence)
        return LatencyPrediction(
            p50_ms=p50,
            low_ms=p50 / factor,
            high_ms=p50 * factor,
            extrapolated=self._unlike(costs) > 1,
            confidence=confidence,
            origin=self.origin,
        )

    def describe(self) -> str:
        """Origin and leave-one-out error."""
        error = np.abs(self.leave_one_out - 1)
        return (
            f"{self.device}: calibrated on {len(self.latency_ms)} published points (TensorRT fp16, batch 1), "
            f"leave-one-out error {error.mean():.1%} on average, {error.max():.1%} at most; nothing was measured here"
        )

    @cached_property
    def leave_one_out(self) -> np.ndarray:
        """Measured over predicted for each published row, predicted from the other rows; shape (n,)."""
        design = _design(self.costs)
        ratios = np.empty(len(self.latency_ms))
        for index in range(len(ratios)):
            others = np.arange(len(ratios)) != index
            ratios[index] = self.latency_ms[index] / (design[index] @ _fit(design[others], self.latency_ms[others]))
        return ratios

    @cached_property
    def _coefficients(self) -> np.ndarray:
        return _fit(_design(self.costs), self.latency_ms)

    def _spread(self, confidence: float) -> float:
        """Ratio of the upper end to the median where nothing is extrapolated.

        The one-sided conformal quantile of the absolute leave-one-out log ratios, taken as symmetric. Beyond what the
        number of rows supports, the largest one scaled by normal quantiles.
        """
        from scipy.stats import norm

        logs = np.sort(np.abs(np.log(self.leave_one_out)))
        n = len(logs)
        rank = int(np.ceil((n + 1) * (2 * confidence - 1)))
        if rank == 0:
            return 1.0
        if rank <= n:
            return float(np.exp(logs[rank - 1]))
        supported = (1 + n / (n + 1)) / 2
        return float(np.exp(logs[-1] * norm.ppf(confidence) / norm.ppf(supported)))

    def _widening(self, costs: np.ndarray, confidence: float) -> np.ndarray:
        """Extra factor for architectures unlike the published ones, 1 at the median."""
        from scipy.stats import norm

        unseen = (cost_column(costs, "softmax_elements") > 0) * np.log(UNSEEN_KERNELS_FACTOR)
        outside = 0.5 * np.log(np.maximum(1.0, self._outside(costs)))
        factor: np.ndarray = np.exp(np.maximum(unseen, outside) * norm.ppf(confidence) / norm.ppf(0.9))
        return factor

    def _unlike(self, costs: np.ndarray) -> np.ndarray:
        """Above 1 where an architecture has unseen kernels or features outside the calibrated range."""
        return np.where(cost_column(costs, "softmax_elements") > 0, np.inf, self._outside(costs))

    def _outside(self, costs: np.ndarray) -> np.ndarray:
        """Largest factor by which a feature leaves the calibrated range, below 1 within it."""
        seen, asked = _ranged(self.costs), _ranged(costs)
        ratios = np.maximum(asked / seen.max(axis=0), seen.min(axis=0) / np.maximum(asked, 1e-12))
        ratios[cost_column(costs, "softmax_elements") > 0, -1] = 1  # their attention is widened for as unseen
        worst: np.ndarray = ratios.max(axis=1) / _RANGE_MARGIN
        return np.minimum(worst, 1e3)


def _design(costs: np.ndarray) -> np.ndarray:
    return features(costs, bytes_per_element=FP16_BYTES)[:, _USED]


def _ranged(costs: np.ndarray) -> np.ndarray:
    """Quantities whose range is checked: kernels, activations, weights, and the attention share of the kernels."""
    kernels = cost_column(costs, "kernels")
    share = (1 + cost_column(costs, "attention_kernels")) / kernels
    return np.stack([kernels, cost_column(costs, "activations"), cost_column(costs, "weights"), share], axis=1)


def _fit(design: np.ndarray, latency_ms: np.ndarray) -> np.ndarray:
    """Non-negative coefficients that minimise the squared relative error."""
    from scipy.optimize import nnls

    coefficients: np.ndarray = nnls(design / latency_ms[:, None], np.ones(len(latency_ms)))[0]
    return coefficients


@cache
def calibrated_predictor(device: str) -> CalibratedPredictor:
    """The predictor calibrated on the published rows of a device.

    Raises:
        ValueError: nothing is published for the device.
    """
    if device not in CALIBRATED_DEVICES:
        raise ValueError(f"no published latencies for device {device!r}; known: {', '.join(CALIBRATED_DEVICES)}")
    rows = [row for row in read_data("published_latency.csv") if row["device"] == device]
    archs = [replace(published(row["model"]), resolution=(int(row["height"]), int(row["width"]))) for row in rows]
    return CalibratedPredictor(
        device=device,
        models=tuple(row["model"] for row in rows),
        costs=cost_matrix(archs),
        latency_ms=np.array([float(row["latency_ms"]) for row in rows]),
    )


def read_data(name: str) -> list[dict[str, str]]:
    """Rows of a CSV file that ships with the package."""
    text = (files("predictors") / "data" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))

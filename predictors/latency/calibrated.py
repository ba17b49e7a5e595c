"""Devices nobody here has measured, calibrated on the latencies their makers or authors published.

A non-negative linear model of physics features, fitted in relative error to the published TensorRT fp16 batch-1 rows
of EfficientViT B and L, classification and segmentation (SAM rows time a decoder too, other networks have layers that
the features do not know; both are left out). Published latencies include data transfers.

The interval comes from errors on whole backbones left out of the fit, not on single rows: with B1 at 224 and 288 in
the fit, B1 at 256 is easy, and what a search asks about is never one of the published backbones.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib.resources import files

import numpy as np

from predictors.features.costs import FEATURES, cost_column, cost_matrix, features
from predictors.intervals.conformal import conformal_rank
from predictors.intervals.unseen import unseen_networks
from predictors.models.sums import weighted_rows
from predictors.prediction import LatencyPrediction, Origin, check_confidence, nearest, operator_costs
from search_space import ArchConfig, operators, published, traits_of

CALIBRATED_DEVICES = ("jetson-agx-orin", "jetson-nano")
FP16_BYTES = 2
_USED = [index for index in range(len(FEATURES)) if index < FEATURES.index("softmax_melements")]
_RANGE_MARGIN = 1.25  # how far outside the calibrated range a feature may be before the interval widens


@dataclass(frozen=True, kw_only=True, eq=False)
class CalibratedPredictor:
    """Latency from published rows: the `archs` that were measured and their `latency_ms` (n,)."""

    device: str
    models: tuple[str, ...]
    archs: tuple[ArchConfig, ...]
    latency_ms: np.ndarray
    origin: Origin = "calibrated"

    def predict(self, archs: Sequence[ArchConfig], *, confidence: float) -> LatencyPrediction:
        """Latencies in ms; see `LatencyPrediction`."""
        unseen = unseen_networks(archs, self.traits)
        return self.predict_costs(
            cost_matrix(archs), _pixels(archs), unseen, _cascade_kernels(archs), confidence=confidence
        )

    def predict_costs(
        self,
        costs: np.ndarray,
        pixels: np.ndarray,
        unseen: np.ndarray,
        cascade_kernels: np.ndarray,
        *,
        confidence: float,
    ) -> LatencyPrediction:
        """The same from rows of `cost_matrix` (n, c); the others, (n,), are pixels of the input, `unseen_factor`, and
        attention kernels of softmax attention.
        """
        check_confidence(confidence)
        outside = self._outside(pixels, costs)
        p50 = weighted_rows(_design(costs), self._coefficients) + self._cascade_launch_ms * cascade_kernels
        factor = self._spread(confidence) * _widening(unseen, outside, confidence)
        return LatencyPrediction(
            p50_ms=p50,
            low_ms=p50 / factor,
            high_ms=p50 * factor,
            extrapolated=(unseen > 1) | (outside > 1),
            confidence=confidence,
            origin=self.origin,
        )

    def operator_ms(self, arch: ArchConfig) -> np.ndarray:
        """What each operator adds in ms, shape (operators,); the constant of a whole run is left out."""
        costs = operator_costs(arch)
        rows = _design(costs)
        rows[:, FEATURES.index("constant")] = 0
        cascaded = cost_column(costs, "attention_kernels") * (cost_column(costs, "softmax_elements") > 0)
        return np.asarray(weighted_rows(rows, self._coefficients) + self._cascade_launch_ms * cascaded)

    def closest(self, arch: ArchConfig, *, count: int = 3) -> list[tuple[str, float]]:
        """The published rows most like `arch`, by the logarithms of the quantities whose range is checked."""
        known = np.log(_ranged(_pixels(self.archs), self._costs))
        asked = np.log(_ranged(_pixels([arch]), cost_matrix([arch])))
        names = [f"{m} {a.resolution[0]}x{a.resolution[1]}" for m, a in zip(self.models, self.archs, strict=True)]
        return nearest(known, asked[0], names, self.latency_ms, count)

    def coefficients(self) -> np.ndarray:
        """Milliseconds per unit of each of `FEATURES`, shape (k,); those that no published row tells are 0."""
        found = np.zeros(len(FEATURES))
        found[_USED] = self._coefficients
        return found

    def describe(self) -> str:
        """The device, how many published points it rests on, and the errors on points and backbones left out."""
        row, backbone = (np.abs(1 / found - 1) for found in (self.leave_one_out, self.leave_backbone_out))
        return (
            f"{self.device}: calibrated on {len(self.latency_ms)} published points (TensorRT fp16, batch 1), "
            f"leave-one-out error {row.mean():.1%} on average, {row.max():.1%} at most, on backbones left out "
            f"{backbone.mean():.1%} and {backbone.max():.1%}; nothing was measured here"
        )

    @cached_property
    def traits(self) -> frozenset[str]:
        """What the networks of the published rows are made of."""
        return traits_of(self.archs)

    @cached_property
    def leave_one_out(self) -> np.ndarray:
        """Measured over predicted for each published row, predicted from the other rows; shape (n,)."""
        return self._left_out(np.arange(len(self.latency_ms)))

    @cached_property
    def leave_backbone_out(self) -> np.ndarray:
        """The same, predicted from the rows of other backbones, whatever their head and resolution; shape (n,)."""
        return self._left_out(np.array([model.partition("-seg-")[0] for model in self.models]))

    def _left_out(self, groups: np.ndarray) -> np.ndarray:
        design, latency = _design(self._costs), self.latency_ms
        ratios = np.empty(len(latency))
        for group in np.unique(groups):
            held = groups == group
            ratios[held] = latency[held] / (design[held] @ _fit(design[~held], latency[~held]))
        return ratios

    @cached_property
    def _costs(self) -> np.ndarray:
        return cost_matrix(self.archs)

    @cached_property
    def _coefficients(self) -> np.ndarray:
        return _fit(_design(self._costs), self.latency_ms)

    @cached_property
    def _cascade_launch_ms(self) -> float:
        """What a kernel inside cascaded attention costs beyond what the fit charges for attention kernels.

        The published rows hold linear attention alone, whose products TensorRT may fuse with their neighbours, so
        the fit may charge nothing for them. The heads of a cascade wait for one another: each of their kernels is
        launched, and costs no less than the launch of a convolution.
        """
        launch, attention = (self._coefficients[FEATURES.index(name)] for name in ("kernels", "attention_kernels"))
        return max(0.0, float(launch - attention))

    def _spread(self, confidence: float) -> float:
        """Ratio of the upper end to the median where nothing is extrapolated.

        The one-sided conformal quantile of the absolute log ratios on backbones left out, taken as symmetric. Rows of
        one backbone are not independent, so the level is nominal. Beyond what the number of rows supports, the
        largest one scaled by normal quantiles.
        """
        from scipy.stats import norm

        logs = np.sort(np.abs(np.log(self.leave_backbone_out)))
        n = len(logs)
        rank = conformal_rank(n, 2 * confidence - 1)
        if rank == 0:
            return 1.0
        if rank <= n:
            return float(np.exp(logs[rank - 1]))
        supported = (1 + n / (n + 1)) / 2
        return float(np.exp(logs[-1] * norm.ppf(confidence) / norm.ppf(supported)))

    def _outside(self, pixels: np.ndarray, costs: np.ndarray) -> np.ndarray:
        """Largest factor by which a quantity leaves the calibrated range, below 1 within it; shape (n,)."""
        seen, asked = _ranged(_pixels(self.archs), self._costs), _ranged(pixels, costs)
        ratios = np.maximum(asked / seen.max(axis=0), seen.min(axis=0) / np.maximum(asked, 1e-12))
        ratios[cost_column(costs, "softmax_elements") > 0, -1] = 1  # their attention is widened for as unseen
        return np.asarray(np.minimum(ratios.max(axis=1) / _RANGE_MARGIN, 1e3))


def _widening(unseen: np.ndarray, outside: np.ndarray, confidence: float) -> np.ndarray:
    """Extra factor for architectures unlike the published ones, 1 at the median."""
    from scipy.stats import norm

    logs = np.maximum(np.log(unseen), 0.5 * np.log(np.maximum(1.0, outside)))
    return np.asarray(np.exp(logs * norm.ppf(confidence) / norm.ppf(0.9)))


def _cascade_kernels(archs: Sequence[ArchConfig]) -> np.ndarray:
    """Attention kernels of softmax attention, shape (n,)."""
    return np.array(
        [sum(op.cost.attention_kernels for _, op in operators(arch) if op.cost.softmax_elements) for arch in archs],
        dtype=float,
    )


def _design(costs: np.ndarray) -> np.ndarray:
    return features(costs, bytes_per_element=FP16_BYTES)[:, _USED]


def _pixels(archs: Sequence[ArchConfig]) -> np.ndarray:
    return np.array([arch.resolution[0] * arch.resolution[1] for arch in archs], dtype=float)


def _ranged(pixels: np.ndarray, costs: np.ndarray) -> np.ndarray:
    """Quantities whose range is checked: pixels, kernels, activations, weights, attention kernels per kernel."""
    kernels = cost_column(costs, "kernels")
    share = (1 + cost_column(costs, "attention_kernels")) / kernels
    activations, weights = cost_column(costs, "activations"), cost_column(costs, "weights")
    return np.stack([pixels, kernels, activations, weights, share], axis=1)


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
    models, archs, latency_ms = published_rows(device)
    return CalibratedPredictor(device=device, models=models, archs=archs, latency_ms=latency_ms)


def published_rows(device: str) -> tuple[tuple[str, ...], tuple[ArchConfig, ...], np.ndarray]:
    """Models, architectures and latencies in ms (n,) that were published for a device."""
    rows = [row for row in read_data("published_latency.csv") if row["device"] == device]
    archs = [replace(published(row["model"]), resolution=(int(row["height"]), int(row["width"]))) for row in rows]
    latency_ms = np.array([float(row["latency_ms"]) for row in rows])
    return tuple(row["model"] for row in rows), tuple(archs), latency_ms


def read_data(name: str) -> list[dict[str, str]]:
    """Rows of a CSV file that ships with the package."""
    text = (files("predictors") / "data" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))

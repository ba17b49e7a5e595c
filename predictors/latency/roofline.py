"""Devices without any row: a roofline from their specifications, with the wide error that this has.

latency = kernels * launch + bytes / (share * bandwidth) + 2 * multiply-adds / (share * peak), the shares and the
launch common to a family of devices. They were chosen once, for each family, to have the smallest log error on the
devices whose latencies are published, every device with equal weight; the error stated for a device that is not among
them is the error on each of those when it is left out of the choice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from predictors.features.costs import FEATURES, cost_matrix, features
from predictors.intervals.unseen import unseen_networks, widening
from predictors.latency.calibrated import read_data
from predictors.models.sums import weighted_rows
from predictors.prediction import LatencyPrediction, Origin, check_confidence, operator_costs
from search_space import ArchConfig, published, traits_of


@dataclass(frozen=True, kw_only=True)
class Family:
    """`launch_ms` per kernel, achieved shares of bandwidth and peak, bytes per element, and errors.

    `typical` is the median relative error of a device left out, `factor` the ratio that its latencies stay within
    with chance 0.9 on either side.
    """

    launch_ms: float
    bandwidth_share: float
    peak_share: float
    bytes_per_element: int
    typical: float
    factor: float
    known: str


FAMILIES = {
    # TensorRT, fp16, batch 1. Orin left out: up to 2.4 times slower than it is; Nano, whose cores are five
    # generations older: a quarter of what it takes; A100: between 0.4 and 1.9 times.
    "gpu": Family(
        launch_ms=0.0099,
        bandwidth_share=0.40,
        peak_share=0.26,
        bytes_per_element=2,
        typical=0.5,
        factor=3.0,
        known="Jetson AGX Orin, Jetson Nano and A100, TensorRT fp16 at batch 1",
    ),
    # fp32, batch 1. Multiply-adds explain a phone core (7 % error) and an x86 core (a factor of 0.7 to 1.8 on very
    # small networks) at one share of the peak; the traffic of activations adds nothing to it.
    "cpu": Family(
        launch_ms=0.00036,
        bandwidth_share=np.inf,
        peak_share=0.59,
        bytes_per_element=4,
        typical=0.3,
        factor=2.0,
        known="a Snapdragon 8 Gen 1 core and an AMD EPYC core, fp32 at batch 1",
    ),
}


@dataclass(frozen=True, kw_only=True)
class AnalyticPredictor:
    """Latency of one device from its peak in TFLOP/s and its bandwidth in GB/s.

    `variant_of` names the device of the same architecture that it is a smaller module or another power mode of.
    """

    device: str
    family: Family
    peak_tflops: float
    bandwidth_gbs: float
    source: str
    variant_of: str = ""
    origin: Origin = "analytic"

    @property
    def traits(self) -> frozenset[str]:
        """See `LatencyPredictor`: those of the published rows, on which the families were chosen."""
        return _published_traits()

    def coefficients(self) -> np.ndarray:
        """Milliseconds per unit of each of `FEATURES`, shape (k,), never negative."""
        per_gmac = 2 / (self.family.peak_share * self.peak_tflops)  # 1 GMAC = 2 GFLOP, 1 TFLOP/s = 1 GFLOP/ms
        per_mb = 1 / (self.family.bandwidth_share * self.bandwidth_gbs)  # 1 GB/s = 1 MB/ms
        known = {"kernels": self.family.launch_ms, "attention_kernels": self.family.launch_ms}
        known |= dict.fromkeys(("activation_mb", "weight_mb"), per_mb)
        known |= dict.fromkeys(("dense_gmacs", "pointwise_gmacs", "grouped_gmacs", "attention_gmacs"), per_gmac)
        return np.array([known.get(name, 0.0) for name in FEATURES])

    def predict(self, archs: Sequence[ArchConfig], *, confidence: float) -> LatencyPrediction:
        """Latencies in ms; see `LatencyPrediction`."""
        return self.predict_costs(cost_matrix(archs), unseen_networks(archs, self.traits), confidence=confidence)

    def predict_costs(self, costs: np.ndarray, unseen: np.ndarray, *, confidence: float) -> LatencyPrediction:
        """The same from rows of `cost_matrix` (n, c) and `unseen_factor` (n,)."""
        check_confidence(confidence)
        rows = features(costs, bytes_per_element=self.family.bytes_per_element)
        p50 = weighted_rows(rows, self.coefficients())
        spread = widening(self.family.factor * unseen, confidence)
        return LatencyPrediction(
            p50_ms=p50,
            low_ms=p50 / spread,
            high_ms=p50 * spread,
            extrapolated=unseen > 1,
            confidence=confidence,
            origin=self.origin,
        )

    def operator_ms(self, arch: ArchConfig) -> np.ndarray:
        """See `LatencyPredictor`."""
        rows = features(operator_costs(arch), bytes_per_element=self.family.bytes_per_element)
        return np.asarray(weighted_rows(rows, self.coefficients()))

    def closest(self, arch: ArchConfig, *, count: int = 3) -> list[tuple[str, float]]:
        """None: nothing was measured."""
        del arch, count
        return []

    def describe(self) -> str:
        """Origin and stated error."""
        return (
            f"{self.device}: analytic, from its specifications ({self.source}) and the shares of them that "
            f"{self.family.known} achieve; typical error {self.family.typical:.0%}, 90 % within a factor of "
            f"{self.family.factor:g}; nothing was measured on it"
        )


@cache
def _published_traits() -> frozenset[str]:
    return traits_of(published(row["model"]) for row in read_data("published_latency.csv"))


@cache
def analytic_predictors() -> dict[str, AnalyticPredictor]:
    """Every device whose specifications are known, by name."""
    return {
        row["device"]: AnalyticPredictor(
            device=row["device"],
            family=FAMILIES[row["family"]],
            peak_tflops=float(row["peak_tflops"]),
            bandwidth_gbs=float(row["bandwidth_gbs"]),
            source=row["source"],
            variant_of=row["variant_of"],
        )
        for row in read_data("device_specs.csv")
    }

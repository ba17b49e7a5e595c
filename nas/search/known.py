"""What is known of networks before a search begins: published scores, where the weights are, measured latencies.

A published network that can be downloaded is an answer like any other, and its score is known where others are
expected: a search that finds nothing better has to name it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from nas.search.networks import OtherNetwork
from predictors import LatencyPredictor, MeasuredLatency
from search_space import ArchConfig

DISAGREE = 1.25  # ratio of measured and predicted medians from which a predictor is not of this machine


@dataclass(frozen=True, kw_only=True)
class Download:
    """A published score in percent and its `source`, where the weights are, the command that makes an ONNX of them.

    `remark` says what sets the training apart, such as distillation; empty where nothing does.
    """

    top1: float
    source: str
    weights: str
    command: str
    remark: str = ""


@dataclass(frozen=True, kw_only=True)
class KnownRival:
    """A network of another library with its measured latency on each device of the search."""

    network: OtherNetwork
    download: Download
    latencies: tuple[MeasuredLatency, ...]


@dataclass(frozen=True, kw_only=True)
class Known:
    """Published architectures by themselves, latencies of architectures measured on the first device, and rivals."""

    published: Mapping[ArchConfig, Download] = field(default_factory=dict)
    measured: Mapping[ArchConfig, MeasuredLatency] = field(default_factory=dict)
    rivals: tuple[KnownRival, ...] = ()

    def disagreement(self, latency: LatencyPredictor) -> str:
        """A warning where what was measured on the device is not what `latency` predicts; empty where it is.

        A predictor of another machine, or of another day's clock, would be compared with rivals of this one.
        """
        if not self.measured:
            return ""
        archs = list(self.measured)
        measured_ms = np.array([self.measured[arch].p50_ms for arch in archs])
        ratio = float(np.median(measured_ms / latency.predict(archs, confidence=0.5).p50_ms))
        if 1 / DISAGREE < ratio < DISAGREE:
            return ""
        return (
            f"the networks measured by nas rivals take {ratio:.2g} times what the predictor of {latency.device} "
            "says: another machine or state of it; measure and fit it anew (nas collect, nas fit)"
        )

    def describe(self) -> str:
        """What there is, in a few words that change when it does; empty where nothing is known."""
        parts = []
        if self.published:
            parts.append(f"{len(self.published)} published networks")
        if self.measured:
            parts.append(f"{len(self.measured)} of them measured on the device")
        if self.rivals:
            total_ms = sum(each.latencies[0].p50_ms for each in self.rivals)
            parts.append(f"{len(self.rivals)} networks of other libraries measured, {total_ms:.4f} ms in all")
        return ", ".join(parts)

"""A predictor that knows some networks exactly: what was measured stays measured, the rest is predicted."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np

from predictors.prediction import LatencyPrediction, LatencyPredictor, Origin
from search_space import ArchConfig


@dataclass(frozen=True, kw_only=True)
class MeasuredLatency:
    """A network's measured median in ms, and the standard deviation of its logarithm.

    The deviation is that of the median over the rounds of one session; another day may differ by more.
    """

    p50_ms: float
    log_std: float

    def __post_init__(self) -> None:
        if not (self.p50_ms > 0 and self.log_std >= 0 and math.isfinite(self.p50_ms + self.log_std)):
            raise ValueError(f"a measured latency is positive and finite, got {self}")

    @classmethod
    def of_interval(
        cls, p50_ms: float, *, interval_ms: tuple[float, float], halves_ms: tuple[float, float]
    ) -> "MeasuredLatency":
        """With the spread of a 95 % interval or of two halves of the rounds, whichever is wider."""
        low_ms, high_ms = interval_ms
        bootstrap = math.log(high_ms / low_ms) / (2 * 1.96)
        halves = abs(math.log(halves_ms[0] / halves_ms[1])) / 2  # each is spread sqrt(2) times as far as the whole
        return cls(p50_ms=p50_ms, log_std=max(bootstrap, halves))

    def ends(self, confidence: float) -> tuple[float, float]:
        """Ends in ms, each of which holds with that chance; log-normal."""
        width = math.exp(NormalDist().inv_cdf(confidence) * self.log_std)
        return self.p50_ms / width, self.p50_ms * width


@dataclass(frozen=True, kw_only=True, eq=False)
class VerifiedPredictor:
    """`base`, times `factor`, but for the networks that are `known`: these have their measured values and intervals.

    With `medians` the others have their median alone, for a search that measures whatever it finds.
    """

    base: LatencyPredictor
    known: Mapping[ArchConfig, MeasuredLatency] = field(default_factory=dict)
    factor: float = 1.0
    medians: bool = False

    @property
    def device(self) -> str:
        """See `LatencyPredictor`."""
        return self.base.device

    @property
    def origin(self) -> Origin:
        """That of the predictions."""
        return self.base.origin

    @property
    def traits(self) -> frozenset[str]:
        """Those of `base`."""
        return self.base.traits

    def predict(self, archs: Sequence[ArchConfig], *, confidence: float) -> LatencyPrediction:
        """See `LatencyPredictor`."""
        found = self.base.predict(archs, confidence=self.asked(confidence))
        return self.corrected(found, [self.known.get(arch) for arch in archs], confidence=confidence)

    def asked(self, confidence: float) -> float:
        """The confidence at which networks that are not known are predicted."""
        return 0.5 if self.medians else confidence

    def corrected(
        self, found: LatencyPrediction, known: Sequence[MeasuredLatency | None], *, confidence: float
    ) -> LatencyPrediction:
        """Predictions of `base` with the factor, and with the measured values where there are any, in their order."""
        ends = np.stack([found.low_ms, found.p50_ms, found.high_ms]) * self.factor
        extrapolated = found.extrapolated.copy()
        for row, each in enumerate(known):
            if each is not None:
                low_ms, high_ms = each.ends(confidence)
                ends[:, row], extrapolated[row] = (low_ms, each.p50_ms, high_ms), False
        return LatencyPrediction(
            low_ms=ends[0],
            p50_ms=ends[1],
            high_ms=ends[2],
            extrapolated=extrapolated,
            confidence=confidence,
            origin=found.origin,
        )

    def operator_ms(self, arch: ArchConfig) -> np.ndarray:
        """See `LatencyPredictor`; of the prediction."""
        return self.factor * self.base.operator_ms(arch)

    def closest(self, arch: ArchConfig, *, count: int = 3) -> list[tuple[str, float]]:
        """See `LatencyPredictor`; of the networks that `base` was fitted to."""
        return self.base.closest(arch, count=count)

    def describe(self) -> str:
        """That of `base`, and how many networks are known."""
        return f"{self.base.describe()}; {len(self.known)} networks measured since"

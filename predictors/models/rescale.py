"""Affine rescale of another device's predictions: the first thing to try on a device with a handful of rows."""

from dataclasses import dataclass

import numpy as np

from predictors.models.linear import LinearModel, NonNegativeRidge
from predictors.models.protocol import LatencyModel, Record


@dataclass(frozen=True, kw_only=True, eq=False)
class RescaledModel:
    """constant + rate * what `source` predicts; both are coefficients of `affine`."""

    source: LatencyModel
    affine: LinearModel

    def predict(self, design: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation in ms, each (n,), of rows (n, k); the spread is this device's own."""
        return self.affine.predict(_two(self.source, design))

    def record(self) -> Record:
        """What `load_model` reads back, as JSON values, the source among them."""
        return {"kind": "rescaled", "source": self.source.record(), "affine": self.affine.record()}

    @classmethod
    def from_record(cls, record: Record) -> "RescaledModel":
        """Read what `record` gave."""
        from predictors.models import load_model

        return cls(source=load_model(record["source"]), affine=LinearModel.from_record(record["affine"]))


@dataclass(frozen=True, kw_only=True, eq=False)
class Rescale:
    """Fits constant and rate, both non-negative, on top of a fitted model of another device."""

    source: LatencyModel

    def fit(self, design: np.ndarray, latency_ms: np.ndarray) -> RescaledModel:
        """Fit to this device's design (n, k) and latencies (n,); the source is not fitted again."""
        affine = NonNegativeRidge().fit(_two(self.source, design), latency_ms)
        return RescaledModel(source=self.source, affine=affine)


def _two(source: LatencyModel, design: np.ndarray) -> np.ndarray:
    return np.stack([np.ones(len(design)), source.predict(design)[0]], axis=1)

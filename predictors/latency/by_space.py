"""One device with a predictor for each of several search spaces."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np

from predictors.prediction import LatencyPrediction, LatencyPredictor, Origin
from search_space import ArchConfig, SearchSpace


@dataclass(frozen=True, kw_only=True, eq=False)
class SpacesPredictor:
    """Every architecture by the predictor of the first space that has it, others by the first predictor."""

    parts: tuple[tuple[SearchSpace, LatencyPredictor], ...]

    @property
    def device(self) -> str:
        """See `LatencyPredictor`."""
        return self.parts[0][1].device

    @property
    def origin(self) -> Origin:
        """The least trusted of the parts."""
        order = get_args(Origin)
        return max((predictor.origin for _, predictor in self.parts), key=order.index)

    @property
    def traits(self) -> frozenset[str]:
        """Those of all parts."""
        return frozenset[str]().union(*(predictor.traits for _, predictor in self.parts))

    def part(self, space: SearchSpace) -> LatencyPredictor:
        """The predictor of a space; the first one where the space has none."""
        found = [predictor for known, predictor in self.parts if known.name == space.name]
        return (found or [self.parts[0][1]])[0]

    def predict(self, archs: Sequence[ArchConfig], *, confidence: float) -> LatencyPrediction:
        """See `LatencyPredictor`."""
        owners = np.array([self._owner(arch) for arch in archs], dtype=int)
        ends, extrapolated = np.empty((3, len(archs))), np.zeros(len(archs), dtype=bool)
        for index, (_, predictor) in enumerate(self.parts):
            rows = np.flatnonzero(owners == index).tolist()
            if rows:
                found = predictor.predict([archs[row] for row in rows], confidence=confidence)
                ends[:, rows] = found.low_ms, found.p50_ms, found.high_ms
                extrapolated[rows] = found.extrapolated
        return LatencyPrediction(
            low_ms=ends[0],
            p50_ms=ends[1],
            high_ms=ends[2],
            extrapolated=extrapolated,
            confidence=confidence,
            origin=self.origin,
        )

    def operator_ms(self, arch: ArchConfig) -> np.ndarray:
        """See `LatencyPredictor`."""
        return self.parts[self._owner(arch)][1].operator_ms(arch)

    def closest(self, arch: ArchConfig, *, count: int = 3) -> list[tuple[str, float]]:
        """See `LatencyPredictor`."""
        return self.parts[self._owner(arch)][1].closest(arch, count=count)

    def describe(self) -> str:
        """Those of the parts, each once."""
        return "; ".join(dict.fromkeys(predictor.describe() for _, predictor in self.parts))

    def _owner(self, arch: ArchConfig) -> int:
        return next((index for index, (space, _) in enumerate(self.parts) if arch in space), 0)

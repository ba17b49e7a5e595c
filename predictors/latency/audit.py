"""Latencies that cannot be what they claim: sums of parts that look measured."""

from dataclasses import dataclass

import numpy as np

_EXACT = 1e-5  # no measurement repeats itself to 0.001 %; sums printed with 6 digits do
_MIN_SPARE_ROWS = 5


@dataclass(frozen=True, kw_only=True)
class Composition:
    """How well a sum of parts explains the rows: `error` is the largest relative one, `parts` the rank of the sum."""

    composed: bool
    error: float
    parts: int

    def warning(self) -> str:
        """One line for people, empty when the rows look measured."""
        if not self.composed:
            return ""
        return (
            f"these latencies look composed, not measured: a sum of {self.parts} parts gives every row to within "
            f"{self.error:.1g}; a predictor fitted to them knows the sum, not the device"
        )


def composition(parts: np.ndarray, latency_ms: np.ndarray) -> Composition:
    """Whether `latency_ms` (n,) is an exact sum of parts, with `parts` (n, k) counting each part in each row.

    With fewer than 5 rows more than parts nothing can be told, and `composed` is False.
    """
    design = np.concatenate([np.ones((len(parts), 1)), parts], axis=1)
    rank = int(np.linalg.matrix_rank(design))
    if len(design) < rank + _MIN_SPARE_ROWS:
        return Composition(composed=False, error=float("nan"), parts=rank)
    error = _worst(design, latency_ms)
    return Composition(composed=error < _EXACT, error=error, parts=rank)


def _worst(design: np.ndarray, latency_ms: np.ndarray) -> float:
    """Largest relative error of the least-squares sum over all rows."""
    coefficients = np.linalg.lstsq(design / latency_ms[:, None], np.ones(len(latency_ms)), rcond=None)[0]
    return float(np.abs(design @ coefficients / latency_ms - 1).max())


def one_hot(choices: np.ndarray) -> np.ndarray:
    """Indicator columns of each distinct value of each column of `choices` (n, m), shape (n, parts)."""
    columns = [choices[:, [j]] == np.unique(choices[:, j])[None] for j in range(choices.shape[1])]
    return np.concatenate(columns, axis=1).astype(float)

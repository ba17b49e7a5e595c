"""What a regression model of latencies is: fitted on a plain design matrix, answering with mean and spread."""

from typing import Any, Protocol

import numpy as np

Record = dict[str, Any]


class LatencyModel(Protocol):
    """A fitted model; `record` is what `load_model` reads back, JSON without pickles."""

    def predict(self, design: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation in ms, each (n,), of the rows of `design` (n, k)."""
        ...

    def record(self) -> Record:
        """Everything needed to predict again, as JSON values; `kind` names the class."""
        ...


class Regressor(Protocol):
    """A kind of model with its settings; fits in relative error and draws no random numbers."""

    def fit(self, design: np.ndarray, latency_ms: np.ndarray) -> LatencyModel:
        """Fit to `design` (n, k) and `latency_ms` (n,), all positive."""
        ...


def check_rows(design: np.ndarray, latency_ms: np.ndarray) -> None:
    """Raise ValueError unless these are finite, positive latencies of as many rows."""
    if design.ndim != 2 or latency_ms.shape != (len(design),):
        raise ValueError(f"design must be (n, k) and latency_ms (n,), got {design.shape} and {latency_ms.shape}")
    if not np.isfinite(design).all():
        raise ValueError(f"design row {int(np.argmin(np.isfinite(design).all(axis=1)))} is not finite")
    good = np.isfinite(latency_ms) & (latency_ms > 0)
    if not good.all():
        row = int(np.argmin(good))
        raise ValueError(f"latency of row {row} must be finite and positive, got {latency_ms[row]!r}")


def array(record: Record, name: str, *shape: int | None) -> np.ndarray:
    """A finite array of a record; None in `shape` is any length.

    Raises:
        ValueError: another shape or not finite; names the field.
    """
    found = np.array(record[name], dtype=float)
    if found.ndim == 1 and len(shape) > 1 and found.size == 0:
        found = found.reshape([n or 0 for n in shape])
    fits = found.ndim == len(shape) and all(n in (None, m) for n, m in zip(shape, found.shape, strict=True))
    if not fits:
        raise ValueError(f"{name} has shape {found.shape}, expected {shape}")
    if not np.isfinite(found).all():
        raise ValueError(f"{name} is not finite")
    return found

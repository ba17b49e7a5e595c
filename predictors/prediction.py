"""What a latency predictor answers, and what it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from search_space import ArchConfig, operator_cost_vector, operators

Origin = Literal["measured", "calibrated", "transferred", "analytic"]


@dataclass(frozen=True, kw_only=True, eq=False)
class LatencyPrediction:
    """Latencies in ms, arrays of shape (n,).

    The true latency lies below `high_ms` with chance `confidence`, and above `low_ms` with the same chance; at 0.5
    both ends meet the median `p50_ms`. `extrapolated` marks architectures unlike those the figures come from.
    """

    p50_ms: np.ndarray
    low_ms: np.ndarray
    high_ms: np.ndarray
    extrapolated: np.ndarray
    confidence: float
    origin: Origin


class LatencyPredictor(Protocol):
    """Predicts the latency of architectures on one device; a value, so that what it answers may be kept."""

    def __hash__(self) -> int: ...

    @property
    def device(self) -> str:
        """Name of the device."""
        ...

    @property
    def origin(self) -> Origin:
        """Where the figures come from."""
        ...

    @property
    def traits(self) -> frozenset[str]:
        """What the networks behind the figures are made of, see `search_space.traits`."""
        ...

    def predict(self, archs: Sequence[ArchConfig], *, confidence: float) -> LatencyPrediction:
        """Latencies in the order of `archs`; each end of the interval holds with chance `confidence` in [0.5, 1)."""
        ...

    def operator_ms(self, arch: ArchConfig) -> np.ndarray:
        """What each operator of `arch` adds to its latency, in their order; their sum leaves out what is fixed."""
        ...

    def closest(self, arch: ArchConfig, *, count: int = 3) -> list[tuple[str, float]]:
        """The measured networks most like `arch`: name and latency in ms, closest first; empty without any."""
        ...

    def describe(self) -> str:
        """One line for people: where the figures come from and their error."""
        ...


def operator_costs(arch: ArchConfig) -> np.ndarray:
    """Costs of each operator of `arch`, shape (operators, len(COST_FIELDS))."""
    return np.array([operator_cost_vector(op) for _, op in operators(arch)])


def nearest(
    rows: np.ndarray, row: np.ndarray, names: Sequence[str], ms: np.ndarray, count: int
) -> list[tuple[str, float]]:
    """Names and latencies (n,) of the `rows` (n, k) closest to `row` (k,)."""
    distance = ((rows - row) ** 2).sum(axis=1)
    return [(names[i], float(ms[i])) for i in np.argsort(distance, kind="stable")[:count]]


def check_confidence(confidence: float) -> None:
    """Raise ValueError unless 0.5 <= confidence < 1."""
    if not 0.5 <= confidence < 1:
        raise ValueError(f"confidence must be at least 0.5 and below 1, got {confidence}")

"""Published latencies that others could not reproduce: what a calibration on them has to be read with."""

from dataclasses import dataclass

from predictors.latency.calibrated import read_data


@dataclass(frozen=True, kw_only=True)
class Contested:
    """What the authors print of a model and what somebody else measured, in ms, with who and how."""

    model: str
    published_ms: float
    measured_ms: float
    source: str


def contested(device: str) -> tuple[Contested, ...]:
    """The published latencies of a device that are contested; empty where nobody is known to have objected."""
    return tuple(
        Contested(
            model=row["model"],
            published_ms=float(row["published_ms"]),
            measured_ms=float(row["measured_ms"]),
            source=row["source"],
        )
        for row in read_data("contested_latency.csv")
        if row["device"] == device
    )

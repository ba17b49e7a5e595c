"""What a run predicted and then measured or evaluated: latencies round by round, accuracies that a model chose."""

from dataclasses import asdict, dataclass
from typing import Any

from nas.runs.fields import Fields


@dataclass(frozen=True, kw_only=True)
class LatencyCheck:
    """One measured network: accuracy in percent, latencies in ms predicted before and measured, with their ends.

    `round` is 0 where the run does not tell rounds apart, `kept` whether every budget and limit held when measured.

    Raises:
        ValueError: a latency is not positive.
    """

    round: int
    arch_id: str
    accuracy: float | None
    accuracy_origin: str
    predicted_ms: float
    predicted_low_ms: float | None
    predicted_high_ms: float | None
    measured_ms: float
    measured_low_ms: float | None
    measured_high_ms: float | None
    kept: bool

    def __post_init__(self) -> None:
        for name in ("predicted_ms", "measured_ms"):
            if (value := getattr(self, name)) <= 0:
                raise ValueError(f"{self.arch_id} needs a positive {name}, got {value}")

    @property
    def within(self) -> bool | None:
        """True if the measured latency lies within the predicted interval, None without an interval."""
        if self.predicted_low_ms is None or self.predicted_high_ms is None:
            return None
        return self.predicted_low_ms <= self.measured_ms <= self.predicted_high_ms

    def to_json(self) -> dict[str, Any]:
        """As an object of `latency_verification`."""
        return asdict(self)

    @classmethod
    def from_json(cls, row: Fields) -> "LatencyCheck":
        """Read what `to_json` gave.

        Raises:
            ValueError: a latency is missing or not positive; names place and column.
        """
        return cls(
            round=row.whole("round"),
            arch_id=row.text("arch_id"),
            accuracy=row.optional_number("accuracy"),
            accuracy_origin=row.text("accuracy_origin", "not stated"),
            predicted_ms=row.number("predicted_ms"),
            predicted_low_ms=row.optional_number("predicted_low_ms"),
            predicted_high_ms=row.optional_number("predicted_high_ms"),
            measured_ms=row.number("measured_ms"),
            measured_low_ms=row.optional_number("measured_low_ms"),
            measured_high_ms=row.optional_number("measured_high_ms"),
            kept=row.flag("kept"),
        )


@dataclass(frozen=True, kw_only=True)
class AccuracyCheck:
    """A network that the model in the loop chose: accuracy in percent that was predicted, and then found."""

    arch_id: str
    predicted: float
    found: float

    def to_json(self) -> dict[str, Any]:
        """As an object of `verification`."""
        return asdict(self)

    @classmethod
    def from_json(cls, row: Fields) -> "AccuracyCheck":
        """Read what `to_json` gave.

        Raises:
            ValueError: one of the two is missing; names place and column.
        """
        return cls(arch_id=row.text("arch_id"), predicted=row.number("predicted"), found=row.number("found"))


@dataclass(frozen=True, kw_only=True)
class Round:
    """What a round measured: networks, those that failed and those that broke a budget or limit.

    `error` is the mean |predicted / measured - 1|, `bias` the median measured / predicted - 1, `drift` how much
    slower the device ran than in the first round, removed from the measurements, and `hypervolume` what the verified
    front dominates after it, as a share of the box up to the corner.
    """

    number: int
    measured: int
    failed: int
    broke: int
    error: float
    bias: float
    drift: float
    hypervolume: float

    def describe(self) -> str:
        """One line for people."""
        failed = f", {self.failed} could not be" if self.failed else ""
        return (
            f"round {self.number}: {self.measured} networks measured{failed}, {self.broke} broke a budget or limit; "
            f"predictions off by {self.error:.1%} on average, measured {self.bias:+.1%} in the median; "
            f"verified front {100 * self.hypervolume:.2f} % of the box"
        )

    def to_json(self) -> dict[str, Any]:
        """As an object of `verified_rounds`."""
        return asdict(self)

    @classmethod
    def from_json(cls, row: Fields) -> "Round":
        """Read what `to_json` gave.

        Raises:
            ValueError: a figure is missing; names place and column.
        """
        return cls(
            number=row.whole("number"),
            measured=row.whole("measured"),
            failed=row.optional_whole("failed") or 0,
            broke=row.whole("broke"),
            error=row.number("error"),
            bias=row.number("bias"),
            drift=row.optional_number("drift") or 0.0,
            hypervolume=row.optional_number("hypervolume") or 0.0,
        )

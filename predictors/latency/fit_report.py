"""What `nas fit` says of a predictor's errors, kept with it: one type that knows the keys, both ways.

The keys are a contract, those of `nas fit --json` and of the saved predictor alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from predictors.intervals.metrics import metrics

Json = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class LatencyErrors:
    """Errors of predicted latencies as `metrics` has them: fractions, except the rank correlations."""

    mape: float
    within_5: float
    within_10: float
    p90: float
    kendall: float
    spearman: float

    @classmethod
    def of(cls, predicted: np.ndarray, measured: np.ndarray) -> "LatencyErrors":
        """Those of arrays of shape (n,)."""
        return cls(**metrics(predicted, measured))

    @classmethod
    def from_json(cls, found: Json) -> "LatencyErrors":
        """Read from among other keys.

        Raises:
            KeyError: one is missing.
            TypeError: one is no number.
        """
        return cls(**{name: _number(found, name) for name in cls.__dataclass_fields__})


@dataclass(frozen=True, kw_only=True)
class SummedBlocks:
    """What `Additivity` says of summing blocks, and the error of interpolating a block between measured ones."""

    bias: float
    error: float
    corrected_error: float
    whole_error: float
    verdict: str
    interpolation_error: float | None = None  # versions before it was kept say nothing


@dataclass(frozen=True, kw_only=True)
class ModelChoice:
    """How the model of a fitted predictor was chosen and its interval made.

    `cross_validated_mape` are the errors of the models that it was chosen from, `interval_from` is `calibration` or
    `cross-validation`; `additivity` is None where no blocks were measured.
    """

    n_calibration: int
    interval_from: str
    cross_validated_mape: Mapping[str, float]
    additivity: SummedBlocks | None


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """The networks that the errors are of: their latencies in ms, how many of them were `extrapolated` if known."""

    arch_ids: Sequence[str]
    predicted_ms: Sequence[float]
    measured_ms: Sequence[float]
    extrapolated: int | None = None


@dataclass(frozen=True, kw_only=True)
class FitReport:
    """Errors on networks that were not fitted, those of `baselines` beside them, and what they were found on.

    `noise_floor` is the error of a perfect predictor, `coverage` the share below the 90 % upper end, None without an
    interval. `choice` is there for a fitted predictor, `closest` (devices by correlation) for a transferred one;
    `n_refitted` networks were learned from later.
    """

    errors: LatencyErrors
    noise_floor: float | None
    n_fit: int
    n_held_out: int
    coverage: float | None
    baselines: Mapping[str, LatencyErrors]
    held_out: HeldOut
    warnings: tuple[str, ...] = ()
    choice: ModelChoice | None = None
    closest: Mapping[str, float] = field(default_factory=dict)
    n_refitted: int = 0

    @property
    def n_calibration(self) -> int:
        """Networks that made the interval alone."""
        return self.choice.n_calibration if self.choice else 0

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads back; what a fit does not have is left out."""
        held = {name: value for name, value in asdict(self.held_out).items() if value is not None}
        return {
            **asdict(self.errors),
            "noise_floor": self.noise_floor,
            "n_fit": self.n_fit,
            "n_held_out": self.n_held_out,
            "coverage": self.coverage,
            "baselines": {name: asdict(errors) for name, errors in self.baselines.items()},
            "held_out": held,
            "warnings": list(self.warnings),
            **(asdict(self.choice) if self.choice else {}),
            **({"closest": dict(self.closest)} if self.closest else {}),
            **({"n_refitted": self.n_refitted} if self.n_refitted else {}),
        }

    @classmethod
    def from_json(cls, found: Json) -> "FitReport":
        """Read what `to_json` gave.

        Raises:
            KeyError: a key is missing.
            TypeError: a value is none of its kind.
        """
        held = found["held_out"]
        return cls(
            errors=LatencyErrors.from_json(found),
            noise_floor=_optional(found, "noise_floor"),
            n_fit=int(_number(found, "n_fit")),
            n_held_out=int(_number(found, "n_held_out")),
            coverage=_optional(found, "coverage"),
            baselines={name: LatencyErrors.from_json(each) for name, each in found["baselines"].items()},
            held_out=HeldOut(**{name: held[name] for name in HeldOut.__dataclass_fields__ if name in held}),
            warnings=tuple(map(str, found["warnings"])),
            choice=_choice(found) if "interval_from" in found else None,
            closest=dict(found.get("closest") or {}),
            n_refitted=int(found.get("n_refitted", 0)),
        )


def _choice(found: Json) -> ModelChoice:
    sums = found.get("additivity")
    return ModelChoice(
        n_calibration=int(_number(found, "n_calibration")),
        interval_from=str(found["interval_from"]),
        cross_validated_mape=dict(found["cross_validated_mape"]),
        additivity=None if sums is None else SummedBlocks(**sums),
    )


def _number(found: Json, name: str) -> float:
    value = found[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} must be a number, got {value!r}")
    return value


def _optional(found: Json, name: str) -> float | None:
    return None if found.get(name) is None else _number(found, name)

"""How long and how often models are measured, and what one visit of a model leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Sequence


@dataclass(frozen=True)  # keyword-only fields need Python 3.10
class MeasuringProtocol:
    """How long and how often; times in ms. Two rounds at least: the noise floor comes from odd and even rounds."""

    rounds: int = 8
    extra_rounds: int = 4  # once more for models whose rounds disagree
    visit_ms: float = 12.0
    min_runs: int = 3
    max_runs: int = 40
    warm_up_ms: float = 50.0
    max_warm_up_ms: float = 2000.0
    threads: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        for name, low in (("rounds", 2), ("extra_rounds", 0), ("min_runs", 1), ("threads", 1), ("seed", 0)):
            if getattr(self, name) < low:
                raise ValueError(f"{name} must be at least {low}, got {getattr(self, name)!r}")
        if self.max_runs < self.min_runs:
            raise ValueError(f"max_runs must be at least min_runs ({self.min_runs}), got {self.max_runs!r}")
        for name in ("visit_ms", "warm_up_ms", "max_warm_up_ms"):
            if not 0 < getattr(self, name) < float("inf"):
                raise ValueError(f"{name} must be positive and finite, got {getattr(self, name)!r}")

    def runs_per_visit(self, typical_ms: float) -> int:
        """Timed runs in one visit of a model that takes about `typical_ms`."""
        return min(max(round(self.visit_ms / typical_ms), self.min_runs), self.max_runs)


class Visit(NamedTuple):
    """The timed runs of one model in one round, one number per run."""

    model: str
    group: int
    round: int
    wall_ns: Sequence[int]
    cpu_ns: Sequence[int]
    switches: Sequence[int]  # involuntary context switches during the run

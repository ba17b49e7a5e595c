"""Whether the latencies of a network's blocks add up to the network's on this runtime, and what to do when not."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from predictors.models import MacsAffine, cross_predict

VALID_ERROR = 0.05  # mean error up to which a bare sum may stand


@dataclass(frozen=True, kw_only=True)
class Additivity:
    """What summing blocks is worth.

    `bias` is the median of sum / measured - 1; `error` the mean absolute relative error of the bare sum,
    `corrected_error` the same after constant and rate, cross-validated, and `whole_error` that of the model fitted to
    whole networks without a table. `verdict`: `valid`, `corrected` (a constant and a rate make the sum as good as
    whole networks) or `whole networks`.
    """

    bias: float
    error: float
    corrected_error: float
    whole_error: float

    @property
    def verdict(self) -> str:
        """See the class."""
        if self.error <= VALID_ERROR and self.error <= self.whole_error:
            return "valid"
        return "corrected" if self.corrected_error <= self.whole_error else "whole networks"

    def describe(self) -> str:
        """One line for people."""
        return (
            f"summing blocks: {self.bias:+.1%} against whole networks, error {self.error:.1%}, after a constant and "
            f"a rate {self.corrected_error:.1%}, without a table {self.whole_error:.1%}: {self.verdict}"
        )

    def record(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "bias": self.bias,
            "error": self.error,
            "corrected_error": self.corrected_error,
            "whole_error": self.whole_error,
            "verdict": self.verdict,
        }


def additivity(sums_ms: np.ndarray, measured_ms: np.ndarray, *, whole_error: float) -> Additivity:
    """Judge the sums of blocks (n,) against measured networks (n,)."""
    ratio = sums_ms / measured_ms
    design = np.stack([np.ones_like(sums_ms), sums_ms], axis=1)
    corrected = cross_predict(MacsAffine(macs_columns=(1,)), design, measured_ms)[0]
    return Additivity(
        bias=float(np.median(ratio) - 1),
        error=float(np.abs(ratio - 1).mean()),
        corrected_error=float(np.abs(corrected / measured_ms - 1).mean()),
        whole_error=whole_error,
    )

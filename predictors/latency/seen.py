"""The measured networks that a predictor knows, to name those most like another one."""

from dataclasses import dataclass

import numpy as np

from predictors.intervals.novelty import Novelty
from predictors.models.protocol import Record, array
from predictors.prediction import nearest


@dataclass(frozen=True, kw_only=True, eq=False)
class SeenNetworks:
    """Names `arch_ids` (n,), features `rows` (n, k) and latencies `latency_ms` (n,)."""

    arch_ids: tuple[str, ...]
    rows: np.ndarray
    latency_ms: np.ndarray

    def closest(self, row: np.ndarray, novelty: Novelty, count: int) -> list[tuple[str, float]]:
        """Names and latencies of those with features most like `row` (k,), at the distance that `novelty` takes."""
        white = novelty.whitening
        return nearest(self.rows @ white, row @ white, self.arch_ids, self.latency_ms, count)

    def record(self) -> Record:
        """As JSON values."""
        return {
            "arch_ids": self.arch_ids,
            "rows": self.rows.tolist(),
            "latency_ms": self.latency_ms.tolist(),
        }

    @classmethod
    def from_record(cls, record: Record, columns: int) -> "SeenNetworks":
        """Read what `record` gave, with that many features.

        Raises:
            ValueError: arrays that do not fit together.
            KeyError: a field is missing.
        """
        arch_ids = tuple(map(str, record["arch_ids"]))
        return cls(
            arch_ids=arch_ids,
            rows=array(record, "rows", len(arch_ids), columns),
            latency_ms=array(record, "latency_ms", len(arch_ids)),
        )

"""Latencies of single blocks: looked up where a table measured them, interpolated where it did not.

A sum of block latencies is a feature, never the answer: blocks run hotter or colder alone than inside a network.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from predictors.features.costs import features
from predictors.models import GaussianModel, GaussianOnResidual, NonNegativeRidge, cross_predict
from predictors.models.protocol import Record, array
from search_space import ATTENTION, COST_FIELDS, ArchConfig, OperatorSpec, operator_cost_vector, operators

OLD_GROUPS = ("convolution", "linear_attention", "cascaded_group_attention", "head")  # where a record names none
_RENAMED = {"cascaded_attention": "cascaded_group_attention"}  # of records before groups were named after types
MIN_BLOCKS = 12
_INTERPOLATION = GaussianOnResidual(base=NonNegativeRidge(penalty=1e-4))


def block_groups(ops: Iterable[OperatorSpec]) -> tuple[str, ...]:
    """The kinds of block whose latencies are summed apart: each attention type that occurs, in registry order."""
    occurring = {op.attention.type for op in ops if op.attention is not None}
    return ("convolution", *(f"{name}_attention" for name in ATTENTION if name in occurring), "head")


def column_now(name: str) -> str:
    """Today's name of a column of a saved predictor."""
    for before, now in _RENAMED.items():
        name = name.replace(before, now)
    return name


@dataclass(frozen=True, kw_only=True, eq=False)
class BlockLatencies:
    """Measured blocks: `costs` (b, len(COST_FIELDS)), `latency_ms` and `std_ms` (b,), and their interpolation.

    `error` is the interpolation's mean absolute relative error on blocks left out, `caution` the factor by which
    its deviation falls short of the errors found there; `groups` those of `block_groups`.
    """

    costs: np.ndarray
    latency_ms: np.ndarray
    std_ms: np.ndarray
    model: GaussianModel
    error: float
    caution: float
    bytes_per_element: int
    groups: tuple[str, ...]

    @classmethod
    def fit(
        cls,
        costs: np.ndarray,
        latency_ms: np.ndarray,
        std_ms: np.ndarray,
        *,
        bytes_per_element: int,
        groups: tuple[str, ...],
    ) -> "BlockLatencies":
        """Interpolate measured blocks; blocks with equal costs are one block with their mean latency.

        Raises:
            ValueError: fewer than `MIN_BLOCKS` different blocks.
        """
        distinct, which = np.unique(costs, axis=0, return_inverse=True)
        if len(distinct) < MIN_BLOCKS:
            raise ValueError(f"interpolating blocks needs {MIN_BLOCKS} different ones, got {len(distinct)}")
        which = which.reshape(-1)
        count = np.bincount(which)
        mean = np.bincount(which, latency_ms) / count
        spread = np.sqrt(np.maximum(np.bincount(which, std_ms**2 + latency_ms**2) / count - mean**2, 0))
        order = np.random.default_rng(0).permutation(len(distinct))  # folds must not follow the sorted costs
        distinct, mean, spread = distinct[order], mean[order], spread[order]
        design = features(distinct, bytes_per_element=bytes_per_element)
        outside, expected = cross_predict(_INTERPOLATION, design, mean)
        return cls(
            costs=distinct,
            latency_ms=mean,
            std_ms=spread,
            model=_INTERPOLATION.fit(design, mean),
            error=float(np.abs(outside / mean - 1).mean()),
            caution=max(1.0, float(np.sqrt((((outside - mean) / expected) ** 2).mean()))),
            bytes_per_element=bytes_per_element,
            groups=groups,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns: a sum for each group, then the deviation of all."""
        return (*(f"table_{group}_ms" for group in self.groups), "table_std_ms")

    def group(self, op: OperatorSpec) -> int:
        """Index of the operator's group; attention that no measured network has counts with the convolutions."""
        if op.head is not None:
            return len(self.groups) - 1
        name = f"{op.attention.type}_attention" if op.attention is not None else ""
        return self.groups.index(name) if name in self.groups else 0

    @cached_property
    def _measured(self) -> dict[bytes, int]:
        return {row.tobytes(): index for index, row in enumerate(np.ascontiguousarray(self.costs))}

    def estimate(self, costs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Latency and standard deviation in ms, each (m,), of blocks with these costs (m, len(COST_FIELDS))."""
        mean, std = self.model.predict(features(costs, bytes_per_element=self.bytes_per_element))
        std = self.caution * std
        for index, row in enumerate(np.ascontiguousarray(costs)):
            known = self._measured.get(row.tobytes())
            if known is not None:
                mean[index], std[index] = self.latency_ms[known], self.std_ms[known]
        return mean, std

    def columns(self, costs: np.ndarray, groups: np.ndarray) -> np.ndarray:
        """What each block adds to `names`, (m, len(names)); `groups` (m,) from `group`."""
        mean, std = self.estimate(costs)
        found = np.zeros((len(costs), len(self.names)))
        found[np.arange(len(costs)), groups] = mean
        found[:, -1] = std
        return found

    def sums(self, archs: Sequence[ArchConfig]) -> np.ndarray:
        """Sum of the columns over the operators of each architecture, shape (n, len(names)).

        Deviations are added, not squared: blocks that were not measured are off in the same direction.
        """
        ops = [[op for _, op in operators(arch)] for arch in archs]
        distinct = list(dict.fromkeys(op for each in ops for op in each))
        place = {op: index for index, op in enumerate(distinct)}
        columns = self.columns(
            np.array([operator_cost_vector(op) for op in distinct]).reshape(-1, len(COST_FIELDS)),
            np.array([self.group(op) for op in distinct], dtype=int),
        )
        return np.array([columns[[place[op] for op in each]].sum(axis=0) for each in ops]).reshape(
            -1, len(self.names)
        )

    def record(self) -> Record:
        """JSON values."""
        arrays = {name: getattr(self, name).tolist() for name in ("costs", "latency_ms", "std_ms")}
        return {
            **arrays,
            "model": self.model.record(),
            "error": self.error,
            "caution": self.caution,
            "bytes_per_element": self.bytes_per_element,
            "groups": list(self.groups),
        }

    @classmethod
    def from_record(cls, record: Record) -> "BlockLatencies":
        """Read what `record` gave."""
        latency = array(record, "latency_ms", None)
        return cls(
            costs=array(record, "costs", len(latency), len(COST_FIELDS)),
            latency_ms=latency,
            std_ms=array(record, "std_ms", len(latency)),
            model=GaussianModel.from_record(record["model"]),
            error=float(array(record, "error")),
            caution=float(array(record, "caution")),
            bytes_per_element=int(record["bytes_per_element"]),
            groups=tuple(_RENAMED.get(str(name), str(name)) for name in record.get("groups", OLD_GROUPS)),
        )

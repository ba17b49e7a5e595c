"""ImageNet top-1 accuracy expected of an architecture before anything was trained: a prior, never a measurement.

Fitted on the published models: log(error - floor) falls linearly, with non-negative rates, in the logarithms of
multiply-adds, parameters and activations of the backbone (heads are left out: the MIT head is 80 % of B0's parameters
and hardly matters). Activations are what makes the two families one: at equal multiply-adds M moves a third of the
activations of B and is 2 points less accurate. M5 at 384 and 512 is not fitted on: those figures are known
second-hand, and judge the fit instead.

Three guards keep a search from exploiting it. The mean never exceeds the best published accuracy at as many
multiply-adds, parameters or activations. Removing attention or its scales costs what it cost in the published
ablation. And the interval widens with the distance to the nearest published model, so that the lower end, with which
a search works, falls in corners that nobody has trained.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from predictors.calibrated import read_data
from predictors.features import cost_column, cost_matrix, macs
from search_space import STRIDES, ArchConfig, published

# Error that more capacity does not remove, in percent; the value with the smallest leave-one-model-out error of
# 0, 8, 10, 11 and 12.
FLOOR = 12.0
# arXiv 2205.14756, table 1, at equal multiply-adds (mIoU of Cityscapes): both 74.5, global attention alone 72.2,
# neither attention nor scales 68.1; here as differences of log error.
NO_SCALES = float(np.log((100 - 72.2) / (100 - 74.5)))
NO_ATTENTION = float(np.log((100 - 68.1) / (100 - 74.5)))
# Share of attention blocks among blocks at strides 16 and above below which attention counts as partly removed;
# arXiv 2305.07027 finds 20-40 % of layers best.
ENOUGH_ATTENTION = 0.3
DEEP_STRIDE = 16
CAPACITIES = 3  # multiply-adds, parameters, activations


@dataclass(frozen=True, kw_only=True, eq=False)
class AccuracyPrediction:
    """Top-1 in percent, arrays of shape (n,); the interval is two-sided at 90 %."""

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    origin: Literal["prior"] = "prior"


@dataclass(frozen=True, kw_only=True, eq=False)
class AccuracyPrior:
    """The prior with the published models it was fitted on."""

    models: tuple[str, ...]
    archs: tuple[ArchConfig, ...]
    top1: np.ndarray

    @classmethod
    def fit(cls) -> "AccuracyPrior":
        """The prior on the published accuracies that ship with the package."""
        rows = read_data("published_accuracy.csv")
        archs = [replace(published(row["model"]), resolution=(int(row["height"]), int(row["width"]))) for row in rows]
        return cls(
            models=tuple(row["model"] for row in rows),
            archs=tuple(archs),
            top1=np.array([float(row["top1"]) for row in rows]),
        )

    def predict(self, archs: Sequence[ArchConfig]) -> AccuracyPrediction:
        """Accuracies in the order of `archs`."""
        return self.predict_shapes(_position(archs), _removed_attention(archs))

    def predict_shapes(self, position: np.ndarray, removed_attention: np.ndarray) -> AccuracyPrediction:
        """The same from what counts: `position` (n, 11) as in `position_of`, `removed_attention` (n,) as in
        `removal_penalty`.
        """
        mean = np.maximum(0.0, self.unbounded(position, removed_attention))
        half = self._half_width * np.maximum(1.0, self._distance(position))
        low = np.maximum(0.0, mean - half)
        return AccuracyPrediction(mean=mean, low=low, high=np.minimum(100 - FLOOR, mean + half))

    def unbounded(self, position: np.ndarray, removed_attention: np.ndarray) -> np.ndarray:
        """Mean (n,) that falls below zero for networks far smaller than any published one: it still orders them."""
        logs = position[:, :CAPACITIES]
        mean = _accuracy(logs @ self._rates[:-1] + self._rates[-1] - removed_attention)
        return np.minimum(mean, self._envelope(logs))

    def describe(self) -> str:
        """Origin and leave-one-out error."""
        error = np.abs(self.leave_one_out)
        return (
            f"accuracy: a prior fitted on {len(self.top1)} published ImageNet results of both families, "
            f"leave-one-model-out error {error.mean():.1f} points on average, {error.max():.1f} at most; "
            "nothing was trained here"
        )

    @cached_property
    def leave_one_out(self) -> np.ndarray:
        """Published minus predicted top-1, all results of the same model left out of the fit; shape (n,)."""
        logs, names = _capacity(self.archs), np.array(self.models)
        errors = np.empty(len(self.top1))
        for name in self.models:
            held = names == name
            rates = _fit(logs[~held], self.top1[~held])
            errors[held] = self.top1[held] - _accuracy(logs[held] @ rates[:-1] + rates[-1])
        return errors

    @cached_property
    def _rates(self) -> np.ndarray:
        return _fit(_capacity(self.archs), self.top1)

    @cached_property
    def _half_width(self) -> float:
        errors = np.sort(np.abs(self.leave_one_out))
        return float(errors[min(len(errors), int(np.ceil(0.9 * (len(errors) + 1)))) - 1])

    def _envelope(self, logs: np.ndarray) -> np.ndarray:
        """Best published accuracy at as much of each capacity, the least over capacities; shape (n,)."""
        published_logs = _capacity(self.archs)
        caps = [_upper(published_logs[:, i], self.top1, logs[:, i]) for i in range(logs.shape[1])]
        return np.asarray(np.min(caps, axis=0))

    def _distance(self, position: np.ndarray) -> np.ndarray:
        """Distance to the nearest published model, in units of the median distance between neighbouring models."""
        centre, scale, known, unit = self._landscape
        points = (position - centre) / scale
        nearest = np.sqrt(((points[:, None, :] - known[None]) ** 2).sum(axis=2)).min(axis=1)
        return np.asarray(nearest / unit)

    @cached_property
    def _landscape(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
        raw = _position(self.archs)
        centre, scale = raw.mean(axis=0), np.maximum(raw.std(axis=0), 0.05)
        known = (raw - centre) / scale
        gaps = np.sqrt(((known[:, None, :] - known[None]) ** 2).sum(axis=2))
        names = np.array(self.models)
        gaps[names[:, None] == names[None]] = np.inf
        return centre, scale, known, float(np.median(gaps.min(axis=1)))


def _capacity(archs: Sequence[ArchConfig]) -> np.ndarray:
    """Logarithms of multiply-adds, parameters and activations of the backbones, shape (n, 3)."""
    return log_capacity(cost_matrix([_backbone(arch) for arch in archs]))


def log_capacity(costs: np.ndarray) -> np.ndarray:
    """Logarithms of multiply-adds, parameters and activations of backbones with these costs, shape (n, 3)."""
    found = [macs(costs), cost_column(costs, "parameters"), cost_column(costs, "activations")]
    return np.asarray(np.log(np.stack(found, axis=1)))


def _backbone(arch: ArchConfig) -> ArchConfig:
    return arch if arch.head is None else replace(arch, head=None)


def _position(archs: Sequence[ArchConfig]) -> np.ndarray:
    layers = np.zeros((len(archs), len(STRIDES)))
    for row, arch in enumerate(archs):
        for column, level in enumerate(arch.levels):
            layers[row, column] = level.depth + 1
    return position_of(_capacity(archs), np.array([arch.resolution[0] for arch in archs], dtype=float), layers)


def position_of(capacity: np.ndarray, sides: np.ndarray, layers: np.ndarray) -> np.ndarray:
    """Where architectures are among others: capacities (n, 3), resolution (n,), layers by stride (n, 6) as a total
    and shares; shape (n, 11).
    """
    total = layers.sum(axis=1, keepdims=True)
    return np.concatenate([capacity, np.log(sides)[:, None], np.log(total), layers / total], axis=1)


def _removed_attention(archs: Sequence[ArchConfig]) -> np.ndarray:
    """Log error added by missing attention and missing scales, shape (n,)."""
    counts = np.zeros((3, len(archs)))
    for row, arch in enumerate(archs):
        for level in arch.levels:
            if level.stride >= DEEP_STRIDE:
                counts[0, row] += level.depth
                counts[1, row] += level.depth * bool(level.attention)
                counts[2, row] += level.depth * (getattr(level.attention, "scales", 1) == ())
    return removal_penalty(*counts)


def removal_penalty(blocks: np.ndarray, attended: np.ndarray, without_scales: np.ndarray) -> np.ndarray:
    """Log error added, from numbers of blocks at strides 16 and above: all, with attention, without scales; (n,)."""
    share = attended / np.maximum(blocks, 1)
    plain = without_scales / np.maximum(attended, 1)
    return np.asarray(NO_ATTENTION * np.maximum(0.0, 1 - share / ENOUGH_ATTENTION) + NO_SCALES * plain)


def _accuracy(score: np.ndarray) -> np.ndarray:
    """Top-1 in percent of -log(error - floor)."""
    found: np.ndarray = 100 - FLOOR - np.exp(-score)
    return found


def _fit(logs: np.ndarray, top1: np.ndarray) -> np.ndarray:
    """Non-negative rates of each capacity and a free constant, shape (4,)."""
    from scipy.optimize import lsq_linear

    design = np.column_stack([logs, np.ones(len(logs))])
    bounds = ([0.0] * logs.shape[1] + [-np.inf], [np.inf] * design.shape[1])
    rates: np.ndarray = lsq_linear(design, -np.log(100 - FLOOR - top1), bounds=bounds).x
    return rates


def _upper(known: np.ndarray, top1: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Best published accuracy at no more than `asked`, linear between results and on below the least."""
    order = np.argsort(known)
    x, y = known[order], np.maximum.accumulate(top1[order])
    keep = np.concatenate(([True], np.diff(y) > 0))
    x, y = x[keep], y[keep]
    slope = (y[1] - y[0]) / (x[1] - x[0])
    return np.asarray(np.where(asked < x[0], y[0] + slope * (asked - x[0]), np.interp(asked, x, y)))

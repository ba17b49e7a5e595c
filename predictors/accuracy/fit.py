"""From published accuracies to the accuracy expected of other networks, with intervals.

**Score.** With an error e in percent, s = -log((e - FLOOR) / (100 - CHANCE - e)): a network of no capacity guesses,
one of endless capacity is left with the floor, and s takes every value between. It is a regression

    s = constant + sum_i a_i log c_i + b min(0, log activations / KNEE)
        + r . (attention, distilled, doublings of 300 epochs) + u_family + noise

in the capacities c of the backbone, multiply-adds, parameters and activations, with slopes a, b, r that cannot be
negative, and family effects u that are random: u ~ N(0, t^2), noise ~ N(0, t^2 * SHRINKAGE): ridge
regression on the indicators of families (Henderson's equations). Accuracy falls faster below the knee.

**Ceiling.** No mean is above the best result, of any family and recipe, with no more multiply-adds or parameters,
compared without and with heads, nor above a line through the best results by activations. Below the smallest result
the odds of that result shrink in proportion to the size, to chance at none.

**Intervals** are conformal, in the score. `near` is the 90 % quantile of errors on whole models that folds leave out,
`far` of errors on whole families left out, each divided by the scatter usual at this accuracy and by the novelty of
the capacity: its distance to the nearest result, 1 where a twentieth of the results are further from all other
models. What is like the published EfficientViT networks gets `near`, what is of no known family or of an unlike
layout `far`, times scatter and novelty, at least 1.
"""

from dataclasses import dataclass

import numpy as np

from predictors.accuracy.evidence import Results, Shapes
from predictors.intervals.conformal import conformal_rank

FLOOR = 10.0  # percent of error that no capacity removes: the best results of ImageNet-1k training alone have 13.4
CHANCE = 0.1  # percent of 1,000 classes
KNEE = 5e6  # activations; errors on models left out hardly differ between 3 and 8 million
SHRINKAGE = 0.3  # variance within a family to that between families: (0.09 / 0.16)^2
COVERAGE = 0.9
# Top-1 in percent, and how much scores scatter there. Errors of models left out, in root mean square, are 0.17 below
# 60 %, 0.14 above 83 % and 0.07 to 0.10 between; those of families left out are largest below 70 %.
SCATTER = ((60.0, 75.0, 82.0, 86.0), (1.5, 1.0, 1.0, 1.5))
FOLDS = 10
ACTIVATIONS = 2  # among capacities
_TINY = 1e-9
_CHUNK = 512  # rows whose distances stay in the cache


@dataclass(frozen=True, kw_only=True, eq=False)
class Regression:
    """Slopes (7,) of `design` and a constant, with the effect of each family."""

    slopes: np.ndarray
    constant: float
    effects: dict[str, float]

    @classmethod
    def fit(cls, results: Results) -> "Regression":
        """Penalised least squares; slopes that would be negative are left out, worst first."""
        names, index = np.unique(results.families, return_inverse=True)
        columns = design(results.shapes, results.distilled, results.doublings)
        score, free = score_of(results.top1), list(range(columns.shape[1]))
        while True:
            used = np.column_stack([columns[:, free], np.ones(len(results)), np.eye(len(names))[index]])
            penalty = np.zeros(used.shape[1])
            penalty[len(free) + 1 :] = SHRINKAGE
            found = np.linalg.solve(used.T @ used + np.diag(penalty + _TINY), used.T @ score)
            worst = int(found[: len(free)].argmin())
            if found[worst] >= 0:
                break
            del free[worst]
        slopes = np.zeros(columns.shape[1])
        slopes[free] = found[: len(free)]
        effects = dict(zip(names.tolist(), found[len(free) + 1 :].tolist(), strict=True))
        return cls(slopes=slopes, constant=float(found[len(free)]), effects=effects)

    def score(self, shapes: Shapes, distilled: np.ndarray, doublings: np.ndarray) -> np.ndarray:
        """Scores (n,) of members of an average family."""
        return np.asarray(design(shapes, distilled, doublings) @ self.slopes + self.constant)


def design(shapes: Shapes, distilled: np.ndarray, doublings: np.ndarray) -> np.ndarray:
    """Columns (n, 7) of the regression."""
    knee = np.minimum(0.0, shapes.capacity[:, 2] - np.log(KNEE))
    return np.column_stack([shapes.capacity, knee, shapes.attention, distilled, doublings])


@dataclass(frozen=True, kw_only=True, eq=False)
class Ceiling:
    """Best published accuracy by size: for each of five, increasing (log size, top-1) arrays."""

    steps: tuple[tuple[np.ndarray, np.ndarray], ...]

    @classmethod
    def fit(cls, results: Results) -> "Ceiling":
        """The ceiling of these results."""
        return cls(steps=tuple(_steps(column, results.top1) for column in _sizes(results.shapes).T))

    def __call__(self, shapes: Shapes) -> np.ndarray:
        """The lowest of the five (n,)."""
        caps = [
            _best(*steps, asked, between=index == ACTIVATIONS)
            for index, (steps, asked) in enumerate(zip(self.steps, _sizes(shapes).T, strict=True))
        ]
        return np.asarray(np.min(caps, axis=0))


def _sizes(shapes: Shapes) -> np.ndarray:
    return np.concatenate([shapes.capacity, shapes.whole], axis=1)


def _steps(sizes: np.ndarray, top1: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(sizes, kind="stable")
    best = np.maximum.accumulate(top1[order])
    rises = np.concatenate(([True], np.diff(best) > 0))
    return sizes[order][rises], best[rises]


def _best(sizes: np.ndarray, best: np.ndarray, asked: np.ndarray, *, between: bool) -> np.ndarray:
    """The best result at no more than `asked` (n,), or linear `between` results."""
    ends = asked + _TINY
    found = best[np.maximum(np.searchsorted(sizes, ends, side="right") - 1, 0)]
    if between:
        found = np.interp(asked, sizes, best)
    odds = (best[0] - CHANCE) / (100 - best[0]) * np.exp(np.minimum(0.0, ends - sizes[0]))
    return np.where(ends < sizes[0], (CHANCE + 100 * odds) / (1 + odds), found)


@dataclass(frozen=True, kw_only=True, eq=False)
class Landscape:
    """Where the results are: capacities (m, 3), and the layouts (k, 11) that are known; both in units in which a
    twentieth of the models are further than 1 from all others.
    """

    capacity: np.ndarray
    layout: np.ndarray
    unit: float
    centre: np.ndarray
    scale: np.ndarray

    @classmethod
    def fit(cls, results: Results) -> "Landscape":
        """The landscape of these results."""
        shapes, known = results.shapes, ~np.isnan(results.shapes.layout[:, 0])
        raw = shapes.layout[known]
        if not len(raw):
            raw = np.zeros((0, raw.shape[1]))
            centre, scale = np.zeros(raw.shape[1]), np.ones(raw.shape[1])
        else:
            centre, scale = raw.mean(axis=0), np.maximum(raw.std(axis=0), 0.05)
        layout = (raw - centre) / scale
        step = _between(layout, results.models[known], 0.5) if len(np.unique(results.models[known])) > 1 else 1.0
        return cls(
            capacity=np.unique(shapes.capacity, axis=0),
            layout=layout / step,
            unit=_between(shapes.capacity, results.models, 0.95),
            centre=centre,
            scale=scale * step,
        )

    def capacity_novelty(self, shapes: Shapes) -> np.ndarray:
        """Distance (n,) to the nearest result of any family."""
        return _nearest(shapes.capacity, self.capacity) / self.unit

    def layout_novelty(self, shapes: Shapes) -> np.ndarray:
        """Distance (n,) to the nearest published EfficientViT network; 0 where the layers are not known."""
        found, known = np.zeros(len(shapes.layout)), ~np.isnan(shapes.layout[:, 0])
        found[known] = _nearest((shapes.layout[known] - self.centre) / self.scale, self.layout)
        return found


def _nearest(points: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Distance (n,) of each of the points (n, k) to the nearest of those known (m, k), infinite where none is."""
    found = np.full(len(points), np.inf)
    for start in range(0, len(points) if len(known) else 0, _CHUNK):
        rows = points[start : start + _CHUNK]
        squares = np.zeros((len(rows), len(known)))
        for column in range(points.shape[1]):
            squares += (rows[:, column, None] - known[:, column]) ** 2
        found[start : start + _CHUNK] = np.sqrt(squares.min(axis=1))
    return found


def _between(points: np.ndarray, models: np.ndarray, quantile: float) -> float:
    """The quantile over rows of their distance to the nearest of another model."""
    gaps = np.sqrt(((points[:, None, :] - points[None]) ** 2).sum(axis=2))
    gaps[models[:, None] == models[None]] = np.inf
    return float(np.quantile(gaps.min(axis=1), quantile))


@dataclass(frozen=True, kw_only=True, eq=False)
class Fit:
    """All that was learnt from some results; half-widths `near` and `far` are scores."""

    regression: Regression
    ceiling: Ceiling
    landscape: Landscape
    near: float
    far: float

    @classmethod
    def of(cls, results: Results) -> "Fit":
        """Fit all results, and take the half-widths from fits without each model and without each family."""
        landscape = Landscape.fit(results)
        names = np.unique(results.models)
        folds = dict(zip(names.tolist(), (np.arange(len(names)) % FOLDS).tolist(), strict=True))
        by_model = np.array([folds[name] for name in results.models.tolist()])
        near = _quantile(_left_out(results, by_model, landscape.unit))
        far = _quantile(_left_out(results, results.families, landscape.unit))
        return cls(
            regression=Regression.fit(results),
            ceiling=Ceiling.fit(results),
            landscape=landscape,
            near=near,
            far=max(near, far),
        )

    def expected(self, results: Results) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Mean, lower and upper end in percent, each (n,), of published results that were not fitted: members of a
        known family or of none.
        """
        names = results.families.tolist()
        effect = np.array([self.regression.effects.get(name, 0.0) for name in names])
        known = np.array([name in self.regression.effects for name in names])
        score = self.regression.score(results.shapes, results.distilled, results.doublings) + effect
        return self.interval(results.shapes, score, 1.0 - known, self.novelty(results.shapes))

    def interval(
        self, shapes: Shapes, score: np.ndarray, strange: np.ndarray, novelty: tuple[np.ndarray, np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Mean, lower and upper end (n,) of networks with this score before the ceiling; `strange` (n,) says from 0
        to 1 how far they are from being members of a known family, `novelty` how far in capacity and layout.
        """
        mean, (capacity, layout) = np.minimum(top1_of(score), self.ceiling(shapes)), novelty
        width = self.near + (self.far - self.near) * strange
        half = np.minimum(self.far, width * np.maximum(1.0, layout)) * np.maximum(1.0, capacity) * scatter(mean)
        middle = score_of(mean)
        return mean, top1_of(middle - half), top1_of(middle + half)

    def novelty(self, shapes: Shapes) -> tuple[np.ndarray, np.ndarray]:
        """Of the capacity and of the layout, each (n,)."""
        return self.landscape.capacity_novelty(shapes), self.landscape.layout_novelty(shapes)


def _left_out(results: Results, groups: np.ndarray, unit: float) -> np.ndarray:
    """Sizes of errors of scores (n,), each group left out of the fit, over novelty of the capacity and scatter."""
    errors = np.empty(len(results))
    for group in np.unique(groups):
        held = groups == group
        rest, asked = results.where(~held), results.where(held)
        regression = Regression.fit(rest)
        effect = np.array([regression.effects.get(name, 0.0) for name in asked.families.tolist()])
        score = regression.score(asked.shapes, asked.distilled, asked.doublings) + effect
        mean = np.minimum(top1_of(score), Ceiling.fit(rest)(asked.shapes))
        novelty = _nearest(asked.shapes.capacity, rest.shapes.capacity) / unit
        errors[held] = np.abs(score_of(asked.top1) - score_of(mean)) / np.maximum(1.0, novelty) / scatter(mean)
    return errors


def scatter(mean: np.ndarray) -> np.ndarray:
    """How much scores scatter (n,) at this accuracy in percent, against the middle of the range."""
    return np.interp(mean, *SCATTER)


def _quantile(errors: np.ndarray) -> float:
    """The conformal quantile of `COVERAGE`."""
    rank = conformal_rank(len(errors), COVERAGE)
    return float(np.sort(errors)[min(len(errors), rank) - 1])


def score_of(top1: np.ndarray) -> np.ndarray:
    """Score of an accuracy in percent."""
    error = 100 - np.maximum(top1, CHANCE + _TINY)
    return np.asarray(-np.log((error - FLOOR) / (100 - CHANCE - error)))


def top1_of(score: np.ndarray) -> np.ndarray:
    """Accuracy in percent of a score."""
    odds = np.exp(-score)
    return np.asarray(100 - (FLOOR + odds * (100 - CHANCE)) / (1 + odds))

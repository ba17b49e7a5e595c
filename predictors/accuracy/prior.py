"""ImageNet top-1 accuracy expected of an architecture before anything was trained: a prior, never a measurement.

What is expected is the accuracy after the published EfficientViT recipe: ImageNet-1k alone, 300 epochs, no
distillation. The prior is a regression over published results of both EfficientViT families and forty others
(`predictors.accuracy.fit` has the model, `predictors.accuracy.evidence` the data), asked about networks made of
EfficientViT's parts:

* A network with attention is a member of the family of its blocks, between the two where it has levels of both kinds.
  Without enough attention it loses what attention is worth among all families, keeps a handicap of its family, but no
  advantage, and is as uncertain as a family nobody has seen.
* Removing the scales of linear attention costs what it cost in the published ablation.
* The mean never exceeds the best published accuracy, of any family and recipe, at as many multiply-adds, parameters
  or activations. Networks smaller than any published go to chance.
* The interval widens away from the published networks, so that the lower end, with which a search works, falls in
  corners that nobody has trained. `extrapolated` marks those, and choices whose worth no result tells.

Why attention counts for less than it did: arXiv 2205.14756, table 1, removes it on Cityscapes, which needs a global
view; on ImageNet MobileNets do without any, and SHViT-S3 loses 1.1 points without (76.3 for 77.4, arXiv 2401.16456),
which is what the regression finds between families.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, Literal

import numpy as np

from predictors.accuracy.evidence import (
    MIT,
    MSRA,
    Results,
    Shapes,
    efficientvit_results,
    joined,
    other_results,
    shapes_of,
)
from predictors.accuracy.fit import COVERAGE, FLOOR, FOLDS, KNEE, SCATTER, SHRINKAGE, Fit, top1_of
from search_space import ArchConfig
from search_space.disk import parse_json

# arXiv 2205.14756, table 1, at equal multiply-adds (mIoU of Cityscapes): with scales 74.5, global attention alone
# 72.2; as a difference of log error.
NO_SCALES = float(np.log((100 - 72.2) / (100 - 74.5)))
# Layout novelty beyond which a network counts as unlike the published ones: half of these are within 1 of another.
UNLIKE = 2.0
ERRORS = "accuracy_prior_errors.json"
DATA = ("published_accuracy.csv", "other_families_accuracy.csv")


@dataclass(frozen=True, kw_only=True, eq=False)
class AccuracyPrediction:
    """Top-1 in percent, arrays of shape (n,); the interval is two-sided at 90 %.

    `extrapolated` marks networks outside the range of the evidence, or with a choice that the evidence does not vary.
    """

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    extrapolated: np.ndarray
    origin: Literal["prior"] = "prior"


@dataclass(frozen=True, kw_only=True, eq=False)
class AccuracyPrior:
    """The prior with the EfficientViT models it was fitted on, and all results of any family."""

    models: tuple[str, ...]
    archs: tuple[ArchConfig, ...]
    top1: np.ndarray
    results: Results

    @classmethod
    @cache
    def fit(cls) -> "AccuracyPrior":
        """The prior on the published accuracies that ship with the package."""
        archs, known = efficientvit_results()
        others, _ = other_results()
        return cls(models=tuple(known.models.tolist()), archs=archs, top1=known.top1, results=joined(known, others))

    def predict(self, archs: Sequence[ArchConfig]) -> AccuracyPrediction:
        """Accuracies in the order of `archs`."""
        return self.predict_shapes(shapes_of(archs))

    def predict_shapes(self, shapes: Shapes) -> AccuracyPrediction:
        """The same from what counts in n networks."""
        strange = np.maximum(1 - shapes.attention, 4 * shapes.sandwich * (1 - shapes.sandwich))
        novelty = self._fit.novelty(shapes)
        mean, low, high = self._fit.interval(shapes, self.score(shapes), strange, novelty)
        far = (novelty[0] > 1) | (novelty[1] > UNLIKE)
        return AccuracyPrediction(mean=mean, low=low, high=high, extrapolated=far | shapes.unseen)

    def score(self, shapes: Shapes) -> np.ndarray:
        """Score (n,) without ceiling and in no unit, which orders even networks of chance accuracy."""
        regression, zeros = self._fit.regression, np.zeros(len(shapes.attention))
        effect = zeros
        for family, share in ((MIT, 1 - shapes.sandwich), (MSRA, shapes.sandwich)):
            own = regression.effects[family]
            effect = effect + share * (shapes.attention * own + (1 - shapes.attention) * min(own, 0.0))
        lost = NO_SCALES * shapes.without_scales * shapes.attention
        return regression.score(shapes, zeros, zeros) + effect - lost

    def trend(self, archs: Sequence[ArchConfig]) -> np.ndarray:
        """Top-1 in percent without the ceiling, (n,): what a change is worth, not what to expect."""
        return top1_of(self.score(shapes_of(archs)))

    def describe(self) -> str:
        """What the prior rests on, and its errors as used: mean, ceiling and interval of models and families left out
        of everything, as `scripts/benchmark_prior.py` found them.
        """
        by = committed_errors()["summary"]
        return (
            f"accuracy: a prior fitted on {len(self.top1)} published ImageNet results of both EfficientViT families "
            f"and {len(self.results) - len(self.top1)} of {by['family']['groups'] - 2} others, for EfficientViT's "
            "recipe (300 epochs, no distillation). As used, error "
            + "; ".join(f"on a {key} left out {_summary(by[key])}" for key in ("model", "family"))
            + ". Nothing was trained here"
        )

    @cached_property
    def leave_one_out(self) -> np.ndarray:
        """Published minus predicted top-1 (n,) of the EfficientViT results, as used: all results of the same model
        left out of fit, ceiling and calibration.
        """
        errors = np.empty(len(self.top1))
        for name in dict.fromkeys(self.models):
            held = self.results.models == name
            mean, _, _ = left_out(self.results, held)
            errors[np.flatnonzero(held)] = self.results.top1[held] - mean
        return errors

    @cached_property
    def _fit(self) -> Fit:
        return Fit.of(self.results)


def _summary(found: dict[str, float]) -> str:
    return (
        f"{found['mean_error']:.1f} points on average, {found['largest_error']:.1f} at most, "
        f"{found['coverage']:.0%} within the 90 % interval"
    )


def left_out(results: Results, held: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, lower and upper end (k,) of the k results `held` (n,), from a prior fitted, capped and calibrated on the
    rest.
    """
    return Fit.of(results.where(~held)).expected(results.where(held))


def committed_errors() -> dict[str, Any]:
    """What `scripts/benchmark_prior.py` wrote beside the data: `digest`; `summary` by what was left out (`model`,
    `family`, `held out`) and figure; `results`, lists of what was left out, model, weights, side, published top-1,
    mean, lower and upper end.
    """
    found: dict[str, Any] = parse_json((files("predictors") / "data" / ERRORS).read_bytes(), ERRORS)
    return found


def digest() -> str:
    """Digest of the data and settings that the committed errors depend on."""
    text = "".join((files("predictors") / "data" / name).read_text(encoding="utf-8") for name in DATA)
    settings = (FLOOR, KNEE, SHRINKAGE, COVERAGE, SCATTER, FOLDS)
    return hashlib.sha256(f"{text}{settings}".encode()).hexdigest()[:16]

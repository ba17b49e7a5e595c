"""Choosing a model by cross-validation on the device's own rows."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from predictors.models.gaussian import GaussianOnResidual
from predictors.models.linear import MacsAffine, NonNegativeRidge, RobustNonNegative
from predictors.models.protocol import LatencyModel, Regressor
from predictors.models.rescale import Rescale
from predictors.models.shrunk import PriorRidge
from predictors.models.trees import TreesOnResidual

BASELINE = "macs_affine"
PENALTIES = (1e-5, 1e-4, 1e-3, 1e-2)
MIN_ROWS_GAUSSIAN = 30
MIN_ROWS_TREES = 100


@dataclass(frozen=True, kw_only=True, eq=False)
class Choice:
    """The model with the smallest cross-validated error, fitted to all rows.

    `scores` are the mean absolute relative errors of all candidates; `predicted` and `std` (n,) what models of the
    chosen kind, fitted to the other folds, predict for each row, in ms.
    """

    name: str
    model: LatencyModel
    scores: dict[str, float]
    predicted: np.ndarray
    std: np.ndarray


def candidates(
    n: int,
    *,
    macs_columns: tuple[int, ...],
    prior: np.ndarray | None = None,
    source: LatencyModel | None = None,
) -> dict[str, Regressor]:
    """Models worth trying on `n` rows: simple ones first; flexible ones only where the rows can tell them apart.

    `prior` (k,) are linear coefficients of a similar device, `source` a fitted model of one.
    """
    found: dict[str, Regressor] = {
        BASELINE: MacsAffine(macs_columns=macs_columns),
        "physics_nonnegative": NonNegativeRidge(),
        **{f"physics_ridge_{penalty:g}": NonNegativeRidge(penalty=penalty) for penalty in PENALTIES},
        "physics_robust": RobustNonNegative(penalty=1e-5),
    }
    if source is not None:
        found["rescaled"] = Rescale(source=source)
    if prior is not None:
        found |= {f"prior_ridge_{p:g}": PriorRidge(prior=prior, penalty=p) for p in (*PENALTIES, 1e-1, 1.0)}
    if n >= MIN_ROWS_GAUSSIAN:
        found["gaussian"] = GaussianOnResidual(base=NonNegativeRidge(penalty=1e-4))
    if n >= MIN_ROWS_TREES:
        found["trees"] = TreesOnResidual(base=RobustNonNegative(penalty=1e-5))
        found["trees_squared"] = TreesOnResidual(base=NonNegativeRidge(penalty=1e-5), loss="squared_error")
    return found


def choose(models: Mapping[str, Regressor], design: np.ndarray, latency_ms: np.ndarray, *, folds: int = 5) -> Choice:
    """Cross-validate every candidate on every fifth row and take the best; the first of equals.

    With the affine model among the candidates the choice is never worse than it by cross-validation.

    Raises:
        ValueError: no candidate, or fewer than 2 rows.
    """
    if not models or len(design) < 2:
        raise ValueError(f"choosing needs candidates and 2 rows, got {len(models)} and {len(design)}")
    outside = {name: cross_predict(model, design, latency_ms, folds=folds) for name, model in models.items()}
    scores = {name: float(np.abs(mean / latency_ms - 1).mean()) for name, (mean, _) in outside.items()}
    name = min(scores, key=lambda candidate: scores[candidate])
    predicted, std = outside[name]
    model = models[name].fit(design, latency_ms)
    return Choice(name=name, model=model, scores=scores, predicted=predicted, std=std)


def cross_predict(
    model: Regressor, design: np.ndarray, latency_ms: np.ndarray, *, folds: int = 5
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each row, each (n,), predicted from the rows of the other folds.

    Rows go to folds in turn, so their order must not carry meaning; `folds` equal to n leaves one out.
    """
    fold = np.arange(len(design)) % min(folds, len(design))
    mean, std = np.empty(len(design)), np.empty(len(design))
    for index in np.unique(fold):
        held = fold == index
        mean[held], std[held] = model.fit(design[~held], latency_ms[~held]).predict(design[held])
    return mean, std

"""Regression models of latency behind one protocol, each saved as JSON and chosen by cross-validation."""

from collections.abc import Callable

from predictors.models.choice import Choice, candidates, choose, cross_predict
from predictors.models.gaussian import GaussianModel, GaussianOnResidual
from predictors.models.linear import LinearModel, MacsAffine, NonNegativeRidge, RobustNonNegative
from predictors.models.protocol import LatencyModel, Record, Regressor
from predictors.models.rescale import Rescale, RescaledModel
from predictors.models.shrunk import PriorRidge
from predictors.models.trees import Trees, TreesModel, TreesOnResidual, trees_of

MODELS: dict[str, Callable[[Record], LatencyModel]] = {
    "linear": LinearModel.from_record,
    "rescaled": RescaledModel.from_record,
    "trees": TreesModel.from_record,
    "gaussian": GaussianModel.from_record,
}


def load_model(record: Record) -> LatencyModel:
    """The model that `record()` described.

    Raises:
        ValueError: unknown kind, or arrays that do not fit together.
    """
    kind = record["kind"]
    if kind not in MODELS:
        raise ValueError(f"unknown model kind {kind!r}; known: {', '.join(MODELS)}")
    return MODELS[kind](record)


__all__ = [
    "MODELS",
    "Choice",
    "GaussianModel",
    "GaussianOnResidual",
    "LatencyModel",
    "LinearModel",
    "MacsAffine",
    "NonNegativeRidge",
    "PriorRidge",
    "Record",
    "Regressor",
    "Rescale",
    "RescaledModel",
    "RobustNonNegative",
    "Trees",
    "TreesModel",
    "TreesOnResidual",
    "candidates",
    "choose",
    "cross_predict",
    "load_model",
    "trees_of",
]

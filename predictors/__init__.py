"""Latency and accuracy predictors with their errors, and the latency table. Predicting needs no torch."""

from typing import TYPE_CHECKING, Any

from predictors.accuracy import AccuracyPrediction, AccuracyPrior
from predictors.calibrated import CALIBRATED_DEVICES, CalibratedPredictor, calibrated_predictor
from predictors.estimate import LatencyPrediction, LatencyPredictor, Origin
from predictors.metrics import metrics

if TYPE_CHECKING:
    from predictors.fitted import FittedPredictor, fit_latency, load_fitted
    from predictors.table import FailedRow, LatencyRow, LatencyTable, Manifest

_LAZY = {  # pydantic loads with these
    "FittedPredictor": "fitted",
    "fit_latency": "fitted",
    "load_fitted": "fitted",
    "FailedRow": "table",
    "LatencyRow": "table",
    "LatencyTable": "table",
    "Manifest": "table",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        from importlib import import_module

        return getattr(import_module(f"predictors.{_LAZY[name]}"), name)
    raise AttributeError(f"module 'predictors' has no attribute {name!r}")


__all__ = [
    "CALIBRATED_DEVICES",
    "AccuracyPrediction",
    "AccuracyPrior",
    "CalibratedPredictor",
    "FailedRow",
    "FittedPredictor",
    "LatencyPrediction",
    "LatencyPredictor",
    "LatencyRow",
    "LatencyTable",
    "Manifest",
    "Origin",
    "calibrated_predictor",
    "fit_latency",
    "load_fitted",
    "metrics",
]

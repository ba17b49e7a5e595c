"""Latency and accuracy predictors with their errors, and the latency table. Predicting needs no torch."""

from typing import TYPE_CHECKING, Any

from predictors.accuracy import AccuracyPrediction, AccuracyPrior
from predictors.analytic import AnalyticPredictor, analytic_predictors
from predictors.calibrated import CALIBRATED_DEVICES, CalibratedPredictor, calibrated_predictor
from predictors.estimate import LatencyPrediction, LatencyPredictor, Origin
from predictors.fitted import FittedPredictor, load_fitted
from predictors.loading import load_predictor
from predictors.metrics import metrics
from predictors.published import PublishedNetwork, published_network, published_networks
from predictors.transferred import KnownDevices, TransferredPredictor, fit_transfer
from predictors.verified import MeasuredLatency, VerifiedPredictor

if TYPE_CHECKING:
    from predictors.fitting import fit_latency
    from predictors.refitting import learned
    from predictors.table import FailedRow, LatencyRow, LatencyTable, Manifest

_LAZY = {  # pydantic or scikit-learn loads with these
    "FailedRow": "table",
    "fit_latency": "fitting",
    "LatencyRow": "table",
    "LatencyTable": "table",
    "Manifest": "table",
    "learned": "refitting",
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
    "AnalyticPredictor",
    "CalibratedPredictor",
    "FailedRow",
    "FittedPredictor",
    "KnownDevices",
    "LatencyPrediction",
    "LatencyPredictor",
    "LatencyRow",
    "LatencyTable",
    "Manifest",
    "MeasuredLatency",
    "Origin",
    "PublishedNetwork",
    "TransferredPredictor",
    "VerifiedPredictor",
    "analytic_predictors",
    "calibrated_predictor",
    "fit_latency",
    "fit_transfer",
    "learned",
    "load_fitted",
    "load_predictor",
    "metrics",
    "published_network",
    "published_networks",
]

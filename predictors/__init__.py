"""Latency and accuracy predictors with their errors, and the latency table. Predicting needs no torch."""

from typing import TYPE_CHECKING, Any

from predictors.accuracy.prior import AccuracyPrediction, AccuracyPrior
from predictors.intervals.metrics import metrics
from predictors.latency.by_space import SpacesPredictor
from predictors.latency.calibrated import CALIBRATED_DEVICES, CalibratedPredictor, calibrated_predictor
from predictors.latency.contested import Contested, contested
from predictors.latency.corrected import MeasuredLatency, VerifiedPredictor
from predictors.latency.few_shot import KnownDevices, TransferredPredictor, fit_transfer
from predictors.latency.loading import load_predictor
from predictors.latency.measured import FittedPredictor, load_fitted
from predictors.latency.published import PublishedNetwork, published_network, published_networks
from predictors.latency.roofline import AnalyticPredictor, analytic_predictors
from predictors.prediction import LatencyPrediction, LatencyPredictor, Origin

if TYPE_CHECKING:
    from predictors.latency.fit import fit_latency
    from predictors.latency.refit import learned
    from predictors.latency.table import FailedRow, LatencyRow, LatencyTable, Manifest

_LAZY = {  # pydantic or scikit-learn loads with these
    "FailedRow": "latency.table",
    "fit_latency": "latency.fit",
    "LatencyRow": "latency.table",
    "LatencyTable": "latency.table",
    "Manifest": "latency.table",
    "learned": "latency.refit",
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
    "Contested",
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
    "SpacesPredictor",
    "TransferredPredictor",
    "VerifiedPredictor",
    "analytic_predictors",
    "calibrated_predictor",
    "contested",
    "fit_latency",
    "fit_transfer",
    "learned",
    "load_fitted",
    "load_predictor",
    "metrics",
    "published_network",
    "published_networks",
]

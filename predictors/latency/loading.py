"""Reading any saved latency predictor."""

from pathlib import Path

from predictors.intervals.novelty import Novelty
from predictors.intervals.unseen import BEFORE_TRAITS
from predictors.latency.calibrated import calibrated_predictor
from predictors.latency.few_shot import SCHEMA as TRANSFER
from predictors.latency.few_shot import TransferredPredictor
from predictors.latency.fit_report import FitReport
from predictors.latency.measured import FittedPredictor, fitted_from_record
from predictors.latency.roofline import analytic_predictors
from predictors.latency.seen import SeenNetworks
from predictors.latency.transfer import TransferModel
from predictors.models.protocol import Record
from predictors.prediction import LatencyPredictor
from predictors.storage import read_record


def load_predictor(path: Path) -> FittedPredictor | TransferredPredictor:
    """The predictor that `nas fit` wrote.

    Raises:
        ValueError: missing or not such a file; names it.
    """
    return read_record(path, "a latency predictor", _saved)


def _saved(record: Record) -> FittedPredictor | TransferredPredictor:
    if record["schema_version"] != TRANSFER:
        return fitted_from_record(record)
    model = TransferModel.from_record(record["model"])
    sources = tuple(_source(each) for each in record["sources"])
    if len(sources) != len(model.prior.known_center):
        raise ValueError(f"{len(sources)} known devices, but the model has {len(model.prior.known_center)}")
    return TransferredPredictor(
        device=str(record["device"]),
        space=str(record["space"]),
        sources=sources,
        model=model,
        novelty=Novelty.from_record(record["novelty"]),
        seen=SeenNetworks.from_record(record["seen"], len(model.prior.design_center)),
        traits=frozenset(map(str, record.get("traits", BEFORE_TRAITS))),
        report=FitReport.from_json(record["report"]),
        rows_digest=str(record["rows_digest"]),
    )


def _source(record: Record) -> LatencyPredictor:
    kind, device = record["schema_version"], record.get("device")
    if kind == "calibrated":
        return calibrated_predictor(str(device))
    if kind == "analytic":
        known = analytic_predictors()
        if device not in known:
            raise ValueError(f"unknown analytic device {device!r}; known: {', '.join(known)}")
        return known[str(device)]
    return fitted_from_record(record)

"""What is said of a predictor's errors, to JSON and back."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from predictors import load_predictor, metrics
from predictors.latency.fit_report import FitReport, HeldOut, LatencyErrors, ModelChoice, SummedBlocks

WRITTEN = sorted((Path(__file__).parents[2] / "data").glob("version-*/predictors/*.json"))
ERRORS = LatencyErrors(mape=0.1, within_5=0.2, within_10=0.3, p90=0.4, kendall=0.5, spearman=0.6)
HELD = HeldOut(arch_ids=["a", "b"], predicted_ms=[1.0, 2.0], measured_ms=[1.5, 2.5])
SUMS = SummedBlocks(
    bias=0.1, error=0.2, corrected_error=0.3, whole_error=0.4, verdict="corrected", interpolation_error=0.5
)
CHOICE = ModelChoice(
    n_calibration=9, interval_from="calibration", cross_validated_mape={"affine": 0.1}, additivity=SUMS
)


def report(**changes: Any) -> FitReport:
    fields: dict[str, Any] = {
        "errors": ERRORS,
        "noise_floor": 0.01,
        "n_fit": 48,
        "n_held_out": 24,
        "coverage": 0.9,
        "baselines": {"macs": ERRORS},
        "held_out": HELD,
    }
    return FitReport(**fields | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"noise_floor": None, "coverage": None, "baselines": {}, "warnings": ("one", "two")},
        {"choice": CHOICE},
        {"choice": ModelChoice(n_calibration=0, interval_from="", cross_validated_mape={}, additivity=None)},
        {"closest": {"cpu": 0.9}, "n_refitted": 3},
    ],
)
def test_a_report_comes_back_as_it_was(changes: dict[str, Any]) -> None:
    there = report(**changes)
    assert FitReport.from_json(json.loads(json.dumps(there.to_json()))) == there


def test_calibration_networks_are_those_of_the_choice() -> None:
    assert report().n_calibration == 0
    assert report(choice=CHOICE).n_calibration == 9


def test_errors_are_those_of_the_metrics() -> None:
    predicted, measured = np.array([1.0, 2.0, 4.0]), np.array([1.1, 2.0, 3.0])
    found = LatencyErrors.of(predicted, measured)
    assert {name: getattr(found, name) for name in LatencyErrors.__dataclass_fields__} == metrics(predicted, measured)


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_reports_of_earlier_versions_keep_every_key(path: Path) -> None:
    kept = json.loads(path.read_text())["report"]
    assert load_predictor(path).judged.to_json() == kept


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"mape": "small"}, TypeError, "mape must be a number, got 'small'"),
        ({"n_fit": None}, TypeError, "n_fit must be a number, got None"),
        ({"held_out": {}}, TypeError, "arch_ids"),
        ({"baselines": {"macs": {}}}, KeyError, "mape"),
    ],
)
def test_a_broken_report_is_named(change: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        FitReport.from_json(report().to_json() | change)

"""Predicted, then measured or evaluated: there and back."""

import json
from dataclasses import replace

import pytest

from nas.runs import AccuracyCheck, LatencyCheck, Round
from nas.runs.fields import Fields

LATENCY = LatencyCheck(
    round=1,
    arch_id="abcd",
    accuracy=80.0,
    accuracy_origin="prior",
    predicted_ms=2.0,
    predicted_low_ms=1.0,
    predicted_high_ms=3.0,
    measured_ms=2.5,
    measured_low_ms=None,
    measured_high_ms=2.6,
    kept=False,
)
ACCURACY = AccuracyCheck(arch_id="abcd", predicted=80.0, found=79.5)
ROUND = Round(number=2, measured=8, failed=1, broke=3, error=0.1, bias=-0.05, drift=0.02, hypervolume=0.4)


@pytest.mark.parametrize("there", [LATENCY, ACCURACY, ROUND], ids=lambda each: type(each).__name__)
def test_a_record_comes_back(there: LatencyCheck | AccuracyCheck | Round) -> None:
    again = type(there).from_json(Fields(json.loads(json.dumps(there.to_json())), "here"))
    assert again == there


def test_a_measurement_lies_within_the_prediction_or_not() -> None:
    assert LATENCY.within is True
    assert replace(LATENCY, measured_ms=3.5).within is False
    assert replace(LATENCY, predicted_low_ms=None).within is None


@pytest.mark.parametrize("name", ["predicted_ms", "measured_ms"])
def test_a_latency_is_above_0(name: str) -> None:
    with pytest.raises(ValueError, match=f"abcd needs a positive {name}, got 0"):
        replace(LATENCY, **{name: 0})  # type: ignore[arg-type]
    record = {key: value for key, value in LATENCY.to_json().items() if key != name}
    with pytest.raises(ValueError, match=f"here, column {name}: must be a number, got None"):
        LatencyCheck.from_json(Fields(record, "here"))


def test_a_round_is_a_line() -> None:
    assert ROUND.describe() == (
        "round 2: 8 networks measured, 1 could not be, 3 broke a budget or limit; predictions off by 10.0% on "
        "average, measured -5.0% in the median; verified front 40.00 % of the box"
    )

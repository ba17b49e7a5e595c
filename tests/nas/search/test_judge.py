"""What each network is judged by: known figures before expected ones."""

from dataclasses import replace

import pytest

from nas.devices import find_device
from nas.search.judge import Judge, PriorJudge
from nas.search.results import row
from nas.search.setup import known_networks
from predictors import MeasuredLatency, calibrated_predictor
from search_space import published

ORIN = calibrated_predictor("jetson-agx-orin")


def test_a_measured_latency_goes_before_a_predicted_one() -> None:
    b1 = published("mit-b1")
    known = known_networks([find_device("jetson")], PriorJudge())
    judge = Judge(PriorJudge(), [ORIN], 0.9, replace(known, measured={b1: MeasuredLatency(p50_ms=9, log_std=0)}))
    found, again = judge([b1])[0], judge.blind()([b1])[0]
    assert (found.latency_p50_ms, found.latency_high_ms, found.latency_measured) == (9, 9, True)
    assert again.latency_p50_ms == pytest.approx(float(ORIN.predict([b1], confidence=0.9).p50_ms[0]))
    assert again.accuracy.origin == "prior"
    assert judge.latencies_ms([b1])[0, 0] == 9
    line = row(found, is_published=True, measured=found)
    assert line.latency_measured_ms == 9

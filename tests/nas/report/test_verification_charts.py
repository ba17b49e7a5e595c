"""Predicted against measured latencies, predicted against found accuracies."""

from dataclasses import replace

import pytest

from nas.report.verification_charts import accuracy_chart, latency_chart
from nas.runs import AccuracyCheck, LatencyCheck

FIRST = LatencyCheck(
    round=1,
    arch_id="0123456789abcdef",
    accuracy=70.0,
    accuracy_origin="prior",
    predicted_ms=2.0,
    predicted_low_ms=1.5,
    predicted_high_ms=3.0,
    measured_ms=2.5,
    measured_low_ms=2.25,
    measured_high_ms=2.75,
    kept=True,
)
BROKE = replace(FIRST, round=2, measured_ms=4.0, measured_low_ms=None, measured_high_ms=None, kept=False)


def test_rounds_are_drawn_apart_and_what_broke_a_budget_is_ringed() -> None:
    figure = latency_chart([FIRST, BROKE], budget_ms=3.0)
    traces = {trace.name: trace for trace in figure.data}
    assert list(traces) == ["equal", "round 1", "round 2", "broke a budget or limit"]
    assert (list(traces["round 1"].x), list(traces["round 1"].y)) == ([2.5], [2.0])
    assert list(traces["round 1"].error_x.array) == [0.25]
    assert list(traces["round 1"].error_y.arrayminus) == [0.5]
    assert list(traces["broke a budget or limit"].x) == [4.0]
    assert list(traces["equal"].x) == list(traces["equal"].y) == pytest.approx([1.8, 4.4])
    assert "measured 4 ms<br>broke a budget or limit" in traces["round 2"].text[0]
    assert [note.text for note in figure.layout.annotations] == ["budget 3 ms"]


@pytest.mark.parametrize("budget_ms", [None, 100.0])
def test_a_budget_far_away_is_not_drawn(budget_ms: float | None) -> None:
    figure = latency_chart([replace(FIRST, round=0)], budget_ms=budget_ms)
    assert [trace.name for trace in figure.data] == ["equal", "network of the front"]
    assert not figure.layout.annotations


def test_accuracies_lie_within_the_line_of_equals() -> None:
    checks = [
        AccuracyCheck(arch_id="0123456789abcdef", predicted=predicted, found=found)
        for predicted, found in ((70.0, 72.0), (74.0, 71.0))
    ]
    line, points = accuracy_chart(checks).data
    assert list(line.x) == list(line.y) == pytest.approx([69.8, 74.2])
    assert (list(points.x), list(points.y)) == ([72.0, 71.0], [70.0, 74.0])

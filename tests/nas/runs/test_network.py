"""One network: columns there and back, what its figures are."""

import json
from typing import Any

import pytest

from nas.runs import MEASURED, METRIC, NetworkRow, metric_of, score_of
from nas.runs.fields import Fields, table_rows, table_text

CONTRACT = (
    *("arch_id", "name", "accuracy", "accuracy_low", "accuracy_high", "accuracy_origin"),
    *("latency_p50_ms", "latency_low_ms", "latency_high_ms", "latency_origin", "latency_measured_ms"),
    *("parameters", "macs", "resolution", "attention_types", "published", "metric"),
)


def row(**changes: Any) -> NetworkRow:
    fields: dict[str, Any] = {
        "arch_id": "0123456789abcdef",
        "name": "mine",
        "accuracy": 80.125,
        "accuracy_low": 79.0,
        "accuracy_high": 81.0,
        "accuracy_origin": "prior",
        "latency_p50_ms": 2.5,
        "latency_low_ms": 2.0,
        "latency_high_ms": 3.0,
        "latency_origin": "calibrated",
        "parameters": 9_102_024,
        "macs": 1_000_000,
        "resolution": "224x224",
        "attention_types": "8:linear",
        "published": False,
    }
    return NetworkRow(**fields | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"accuracy_low": None, "latency_high_ms": None, "parameters": None, "resolution": ""},
        {"latency_measured_ms": 2.6, "latency_measured_low_ms": 2.5, "latency_measured_high_ms": 2.7},
        {"published": True, "kind": "rival", "source": "a, b", "weights": "hub", "remark": 'so "called"'},
        {"further_high_ms": {"jetson-nano": 12.5, "cpu": 1.0}, "costs": {"memory_mb": 45.5, "launches": None}},
        {"costs": {"b": 1.0}, "others": {"a": "x"}},
    ],
)
def test_a_row_comes_back_from_json_and_from_csv(changes: dict[str, Any]) -> None:
    there = row(**changes)
    columns = there.to_row()
    assert [name for name in columns if name in CONTRACT] == list(CONTRACT)
    assert NetworkRow.from_row(Fields(json.loads(json.dumps(columns)), "here")) == there
    (line,) = table_rows(table_text([columns]), "file")
    assert NetworkRow.from_row(line) == there


def test_scores_say_what_they_count() -> None:
    assert row().to_row()["metric"] == METRIC == "top-1"
    old = {name: value for name, value in row().to_row().items() if name != "metric"}
    assert NetworkRow.from_row(Fields(old, "here")).metric == "top-1"


def test_what_a_search_counts_on() -> None:
    assert (row().judged, row().judged_error) == (79.0, 21.0)
    known = row(accuracy_origin="published")
    assert (known.judged, known.judged_error) == (80.125, 19.875)
    assert row(accuracy_low=None).judged_error is None


def test_a_latency_measured_before_the_search_is_told_from_a_prediction() -> None:
    assert row().latency_basis == "calibrated"
    assert row(latency_origin="measured").latency_basis == "measured"
    assert row(latency_origin="measured", latency_measured_ms=2.5).latency_basis == MEASURED
    assert row(latency_origin="measured", latency_measured_ms=2.6).latency_basis == "measured"


def test_bars_need_both_intervals() -> None:
    assert row().has_bars
    assert not row(accuracy_high=None).has_bars


def test_columns_that_not_every_table_has() -> None:
    found = row(
        further_high_ms={"cpu": 1.0},
        latency_measured_low_ms=2.4,
        costs={"memory_mb": 3.0, "b": None},
        others={"a": "x"},
    )
    assert found.extra == {"a": "x", "latency_high_ms:cpu": 1.0, "latency_measured_low_ms": 2.4, "memory_mb": 3.0}
    assert list(found.extra) == sorted(found.extra)
    assert row().extra == {}


def test_a_cost_is_found_by_its_column_wherever_it_stands() -> None:
    found = row(macs=5, costs={"memory_mb": 3.5, "launches": None})
    assert [found.cost(column) for column in ("macs", "memory_mb", "launches")] == [5.0, 3.5, None]
    with pytest.raises(KeyError, match="traffic_mb"):
        found.cost("traffic_mb")


def test_upper_ends_stand_in_the_order_of_the_targets() -> None:
    found = row(latency_high_ms=3.0, further_high_ms={"cpu": 1.0, "nano": 2.0})
    assert found.high_ms(["orin", "nano", "cpu", "tx2"]) == (3.0, 2.0, 1.0, None)


def test_a_heading_says_what_the_rows_count() -> None:
    assert (metric_of([]), score_of([])) == ("top-1", "top-1 accuracy")
    assert (metric_of([row(), row()]), score_of([row()])) == ("top-1", "top-1 accuracy")
    other = [row(metric="mIoU"), row(metric="mIoU")]
    assert (metric_of(other), score_of(other)) == ("mIoU", "mIoU")
    assert metric_of([*other, row()]) == "mIoU or top-1"


@pytest.mark.parametrize("arch_id", ["", "../secret", "ABCDEF", "12", "0" * 65])
def test_an_id_is_no_path(arch_id: str) -> None:
    with pytest.raises(ValueError, match="column arch_id: must be hexadecimal digits"):
        row(arch_id=arch_id)

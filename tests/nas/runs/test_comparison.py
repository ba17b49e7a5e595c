"""Against published models, simple methods and what is known: there and back, and what may be said."""

import json
from dataclasses import replace

import pytest

from nas.runs import BaselineRow, Best, Compared, ComparisonRow, Gain, NetworkRow, ProspectRow
from nas.runs.fields import Fields, table_rows, table_text

SIDE = Compared(
    arch_id="abcd",
    accuracy=79.0,
    accuracy_low=78.0,
    accuracy_high=80.0,
    latency_p50_ms=2.0,
    latency_high_ms=2.5,
    latency_extrapolated=True,
)
GAIN = Gain(
    found=replace(SIDE, arch_id="0123"),
    points=1.5,
    judged_points=0.5,
    evidence_of_gain=True,
    evidence_of_loss=False,
    accuracy_origin="prior",
    latency_origin="calibrated",
)
ROW = ComparisonRow(name="mit-b1", published=SIDE, within_goals=True, gain=GAIN)
BEST = Best(
    arch_id="abcd",
    accuracy=79.0,
    accuracy_origin="prior",
    latency_high_ms=2.0,
    gain_points=1.0,
    evidence_of_gain=False,
)


def test_comparisons_come_back_from_json_and_from_csv() -> None:
    rows = [ROW, replace(ROW, gain=None, within_goals=False)]
    objects = json.loads(json.dumps([row.to_row() for row in rows]))
    assert [ComparisonRow.from_row(Fields(each, "here")) for each in objects] == rows
    lines = table_rows(table_text([row.to_row() for row in rows]), "file")
    assert [ComparisonRow.from_row(line) for line in lines] == rows


@pytest.mark.parametrize(
    ("gain", "within", "words"),
    [
        (None, True, "nothing found"),
        (GAIN, True, "expected gain"),
        (replace(GAIN, accuracy_origin="measured"), True, "gain"),
        (replace(GAIN, evidence_of_gain=False), True, "cannot be told apart"),
        (replace(GAIN, evidence_of_gain=False, evidence_of_loss=True), False, "expected loss; over the budget or a"),
    ],
)
def test_what_may_be_said(gain: Gain | None, within: bool, words: str) -> None:
    row = replace(ROW, gain=gain, within_goals=within)
    assert row.verdict.startswith(words)
    assert (row.is_gain, row.is_expected_gain) == (words == "gain", words == "expected gain")


def test_simple_methods_come_back() -> None:
    for row in (BaselineRow(name="random", tried=3, best=BEST), BaselineRow(name="random", tried=0, best=None)):
        assert BaselineRow.from_json(Fields(json.loads(json.dumps(row.to_json())), "here")) == row


def test_a_network_worth_training_comes_back() -> None:
    network = NetworkRow(
        arch_id="abcd",
        name="mine",
        accuracy=80.0,
        accuracy_low=None,
        accuracy_high=None,
        accuracy_origin="prior",
        latency_p50_ms=1.0,
        latency_low_ms=None,
        latency_high_ms=None,
        latency_origin="calibrated",
        parameters=None,
        macs=None,
        resolution="",
        attention_types="",
        published=False,
    )
    for known, accuracy in (("mit-b1", 79.0), (None, None)):
        row = ProspectRow(network=network, known=known, known_accuracy=accuracy, points=1.0)
        assert ProspectRow.from_json(Fields(json.loads(json.dumps(row.to_json())), "here")) == row
        assert row.gain() == {"arch_id": "abcd", "known": known, "known_accuracy": accuracy, "points": 1.0}

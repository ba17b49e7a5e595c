"""Fitting on tables whose truth is known, with and without single blocks."""

from collections.abc import Callable
from pathlib import Path

import pytest

from predictors import LatencyTable, fit_latency
from predictors.latency.fit import block_latencies, composed_warnings, rows_digest

MakeTable = Callable[..., LatencyTable]
DIGITS = Path(__file__).parents[3] / "results" / "latency" / "cpu-digits"


def test_a_linear_truth_is_recovered(make_table: MakeTable) -> None:
    predictor = fit_latency(make_table(0, noise=0))
    assert predictor.judged.to_json()["mape"] < 0.002
    assert predictor.judged.to_json()["spearman"] > 0.999
    assert predictor.judged.to_json()["mape"] < predictor.judged.to_json()["baselines"]["macs_affine"]["mape"]


def test_the_chosen_model_is_the_best_by_cross_validation(make_table: MakeTable) -> None:
    report = fit_latency(make_table(1)).judged.to_json()
    scores = report["cross_validated_mape"]
    assert min(scores.values()) <= scores["macs_affine"]


def test_too_few_rows_are_refused(make_table: MakeTable) -> None:
    with pytest.raises(ValueError, match="3 networks to fit and 1 held out; needs 6 and 1"):
        fit_latency(make_table(0, counts=(3, 1, 1)))


def test_table_sums_are_used_where_they_help(make_table: MakeTable) -> None:
    """Networks that take 20 us plus 0.8 times blocks whose latency no physics feature holds."""
    table = make_table(0, noise=0.002, counts=(60, 20, 20), odd_blocks=400)
    predictor = fit_latency(table)
    assert predictor.name.startswith("table_")
    report = predictor.judged.to_json()
    best_physics = min(v for k, v in report["cross_validated_mape"].items() if not k.startswith("table_"))
    assert report["mape"] < 0.7 * best_physics
    assert report["additivity"]["bias"] > 0
    assert set(report["baselines"]) == {"macs_affine", "table_sum"}


def test_the_committed_table_is_not_additive() -> None:
    report = fit_latency(LatencyTable.load(DIGITS)).judged.to_json()
    assert report["additivity"]["verdict"] == "whole networks"
    assert report["mape"] < 0.05 < report["baselines"]["table_sum"]["mape"]
    assert not report["warnings"]


def test_a_table_of_summed_parts_is_called_composed(make_table: MakeTable) -> None:
    assert composed_warnings(make_table(0, noise=0.01)) == []
    warnings = composed_warnings(make_table(0, noise=0))
    assert len(warnings) == 1
    assert "look composed, not measured" in warnings[0]


def test_a_table_with_few_blocks_has_no_block_latencies(make_table: MakeTable) -> None:
    assert block_latencies(make_table(0)) is None
    found = block_latencies(make_table(0, odd_blocks=60))
    assert found is not None
    assert len(found.latency_ms) > 12


def test_the_digest_is_that_of_the_rows_in_any_order(make_table: MakeTable) -> None:
    table = make_table(0)
    turned = LatencyTable(manifest=table.manifest, rows=table.rows[::-1])
    fewer = LatencyTable(manifest=table.manifest, rows=table.rows[1:])
    assert rows_digest(turned) == rows_digest(table) != rows_digest(fewer)


def test_the_report_counts_the_splits(make_table: MakeTable) -> None:
    report = fit_latency(make_table(0, counts=(20, 12, 7))).judged.to_json()
    assert (report["n_fit"], report["n_calibration"], report["n_held_out"]) == (20, 12, 7)
    assert report["interval_from"] == "calibration"
    assert len(report["held_out"]["predicted_ms"]) == len(set(report["held_out"]["arch_ids"])) == 7

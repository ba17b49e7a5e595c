"""Measured rivals: in a bundle, and read back."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from nas.collecting.places.bundle import write_bundle
from nas.collecting.places.results import import_results
from nas.devices import Device
from nas.errors import UserError
from nas.measuring.runner.protocol import MeasuringProtocol
from nas.rivals import command_for, load_rivals
from nas.rivals.catalogue import SOURCE, ZooModel
from nas.rivals.plan import RivalSet, traced_plan
from nas.rivals.table import for_people, latency_of, lines_of, load_table, store, table_of
from predictors import LatencyTable
from search_space import ArchConfig, arch_cost, operators

PROTOCOL = MeasuringProtocol(rounds=2, extra_rounds=0, visit_ms=1, warm_up_ms=1, max_warm_up_ms=5)


def test_rivals_join_what_was_measured_with_what_is_published(
    table: LatencyTable, zoo: tuple[ZooModel, ...], own: ArchConfig
) -> None:
    found = table_of("cpu", [table])
    assert found is not None
    assert [rival.latency.p50_ms for rival in found.rivals] == sorted(rival.latency.p50_ms for rival in found.rivals)
    rows = {row.key_json: row for row in table.rows}
    for model in zoo:
        rival = next(rival for rival in found.rivals if rival.name == model.tag)
        row = rows[model.key_json]
        assert (rival.top1, rival.source, rival.family) == (model.top1, SOURCE, model.family)
        assert rival.resolution == (model.side, model.side)
        assert rival.latency == latency_of(row)
        assert rival.latency.p50_ms == row.p50_ms
        assert rival.macs == row.macs == pytest.approx(model.gmacs * 1e9, abs=1e7)
        assert rival.memory_mb is not None
        assert rival.memory_mb > 4e-6 * row.weight_bytes / 4
        assert command_for(rival) == f"nas export timm:{model.tag} --resolution {model.side}"
    (row,) = [row for row in table.rows if row.kind == "network"]
    assert found.own == {own.arch_id: latency_of(row)}
    busiest = max(op.cost.activations for _, op in operators(own))
    expected_mb = 4e-6 * (arch_cost(own).weights + busiest)
    assert float((row.model_extra or {})["memory_mb"]) == pytest.approx(expected_mb, abs=1e-3)


def test_the_table_for_people_says_what_is_published_and_what_measured(table: LatencyTable) -> None:
    records = list(csv.DictReader(for_people(table).splitlines()))
    assert [record["name"] for record in records] == [line.name for line in lines_of(table)]
    assert {(record["top1_origin"], record["latency_origin"]) for record in records} == {("published", "measured")}
    ours = [record for record in records if record["ours"] == "True"]
    assert [(record["name"], record["top1"]) for record in ours] == [("mit-b0", "71.408")]
    assert all(float(r["low_ms"]) <= float(r["p50_ms"]) <= float(r["high_ms"]) for r in records)


def test_later_searches_find_it_and_the_newest_figure_counts(measured: Path, table: LatencyTable, home: Path) -> None:
    assert load_rivals("cpu") is None
    store(table, folder=measured / "again", busiest={})
    first = load_rivals("cpu")
    assert first is not None
    assert len(first.rivals) == 2
    slower = _slower(table)
    _, place = store(slower, folder=measured / "again", busiest={})
    assert place.parent == home / "rivals" / "cpu"
    found = load_rivals("cpu")
    assert found is not None
    assert [rival.name for rival in found.rivals] == [rival.name for rival in first.rivals]
    for before, after in zip(first.rivals, found.rivals, strict=True):
        assert after.latency.p50_ms == pytest.approx(2 * before.latency.p50_ms)


def test_tables_measured_otherwise_are_left_alone(measured: Path, table: LatencyTable, home: Path) -> None:
    four = [row.model_copy(update={"threads": 4}) for row in _slower(table).rows]
    manifest = table.manifest.model_copy(update={"threads": 4, "protocol": {**table.manifest.protocol, "plan": "b"}})
    store(table, folder=measured / "again", busiest={})
    store(LatencyTable(manifest=manifest, rows=tuple(four[:1])), folder=measured / "again", busiest={})
    found = load_rivals("cpu")
    assert found is not None
    assert len(found.rivals) + len(found.own) == 1


def test_broken_tables_are_named_by_file_and_row(measured: Path, table: LatencyTable, tmp_path: Path) -> None:
    row = next(row for row in table.rows if row.kind == "reference")
    key = '{"height":224,"timm":"nobody.knows","width":224}'
    from predictors.latency.table import key_hash

    strange = row.model_copy(update={"key_json": key, "key_hash": key_hash(key)})
    LatencyTable(manifest=table.manifest, rows=(strange,)).save(tmp_path)
    with pytest.raises(UserError, match=rf"rows.csv row '{row.row_id}': no accuracy is known of .*nobody.knows"):
        load_table(tmp_path)
    text = (measured / "table" / "rows.csv").read_text()
    (tmp_path / "rows.csv").write_text(text.replace(str(row.p50_ms), "fast"))
    with pytest.raises(UserError, match=r"rows.csv row \d, column p50_ms: 'fast' is not a number"):
        load_table(tmp_path)


def test_rivals_travel_in_a_bundle(zoo: tuple[ZooModel, ...], own: ArchConfig, board: Device, tmp_path: Path) -> None:
    plan, _ = traced_plan(zoo[:1], [own], passes=1)
    path = tmp_path / "rivals.zip"
    report = write_bundle(plan, device=board, space=RivalSet(), protocol=PROTOCOL, path=path)
    assert (report.models, report.failed) == (2, {})
    (tmp_path / "there").mkdir()
    done = subprocess.run(
        [sys.executable, "-I", path], cwd=tmp_path / "there", capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    table, new = import_results(tmp_path / "there" / "results.jsonl", device=board, folder=tmp_path / "table")
    assert new == 4
    kept, _ = store(table, folder=tmp_path / "table", busiest={})
    found = load_rivals(board.name)
    assert found is not None
    assert [rival.name for rival in found.rivals] == [zoo[0].tag]
    assert all(rival.memory_mb is None for rival in found.rivals)
    assert set(found.own) == {own.arch_id}
    assert kept.manifest.space == "rivals"


def _slower(table: LatencyTable) -> LatencyTable:
    """The same, measured a year later and twice as slow, under another plan."""
    times = [name for name in type(table.rows[0]).model_fields if name.endswith("_ms")]
    rows = tuple(
        row.model_copy(
            update={**{name: 2 * getattr(row, name) for name in times}, "measured_at": "2099-01-01T00:00:00+00:00"}
        )
        for row in table.rows
    )
    manifest = table.manifest.model_copy(update={"protocol": {**table.manifest.protocol, "plan": "another"}})
    return LatencyTable(manifest=manifest, rows=rows)

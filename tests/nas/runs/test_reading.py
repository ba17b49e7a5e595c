"""A run's folder: what the search returned comes back, older and later ones are read, broken ones named."""

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from nas.errors import UserError
from nas.report import write_report
from nas.report.verification import latency_agreement
from nas.runs import Run, read, read_table

Edit = Callable[[Callable[[dict[str, Any]], None]], Path]


@pytest.mark.parametrize("name", ["finished", "fleet", "verified"])
def test_what_the_search_returned_is_what_is_read(
    name: str, request: pytest.FixtureRequest, returned: Callable[[Path], Run]
) -> None:
    folder = request.getfixturevalue(name)
    there, here = returned(folder), read(folder)
    assert here.trials is not None
    for field in fields(Run):
        if field.name not in ("trials", "gaps"):  # which the search does not keep
            assert getattr(here, field.name) == getattr(there, field.name), field.name
    assert here.settings.device == "jetson-agx-orin"
    assert (here.fleet is not None) == (name == "fleet")
    assert bool(here.latency_checks) == bool(here.rounds) == (name == "verified")
    assert here.comparisons
    assert here.baselines
    assert here.blocks is not None


def test_tables_say_what_the_result_says(fleet: Path) -> None:
    run = read(fleet)
    for name, rows in (("front.csv", run.front), ("published.csv", run.published)):
        assert read_table(fleet / name) == tuple(replace(row, arch=None) for row in rows)
        with (fleet / name).open(newline="") as file:
            assert {row["metric"] for row in csv.DictReader(file)} == {"top-1"}


@pytest.mark.parametrize(
    ("table", "column", "value", "message"),
    [
        ("front", "latency_p50_ms", "fast", "must be a number, got 'fast'"),
        ("front", "latency_high_ms", True, "must be a number, got True"),
        ("front", "latency_p50_ms", -1, "must be above 0, got -1"),
        ("front", "accuracy", None, "must be a number, got None"),
        ("front", "parameters", 1.5, "must be a whole number, got 1.5"),
        ("front", "name", 3, "must be a text, got 3"),
        ("front", "published", "yes", "must be True or False, got 'yes'"),
        ("published", "arch_id", "../../etc", "must be hexadecimal digits, got '../../etc'"),
        ("published", "accuracy_low", [1], r"must be a number, got \[1\]"),
    ],
)
def test_a_tampered_row_is_refused_by_file_row_and_column(
    change: Edit, table: str, column: str, value: object, message: str
) -> None:
    folder = change(lambda result: result[table][1].update({column: value}))
    place = rf"{folder}/front\.json, row 1 of {table}, column {column}: {message}"
    with pytest.raises(UserError, match=place):
        read(folder)
    with pytest.raises(UserError, match=place):
        write_report(folder)


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("latency_p50_ms", "fast", "must be a number, got 'fast'"),
        ("latency_p50_ms", "", "must be a number, got ''"),
        ("latency_p50_ms", "inf", "must be a number, got 'inf'"),
        ("published", "yes", "must be True or False, got 'yes'"),
        ("arch_id", "x", "must be hexadecimal digits, got 'x'"),
    ],
)
def test_a_tampered_table_is_refused_by_file_row_and_column(
    change: Edit, column: str, cell: str, message: str
) -> None:
    folder = change(lambda result: result.pop("published"))
    path = folder / "published.csv"
    heading, first, second, *rest = path.read_text().splitlines()
    cells = second.split(",")
    cells[heading.split(",").index(column)] = cell
    path.write_text("\n".join([heading, first, ",".join(cells), *rest, ""]))
    with pytest.raises(UserError, match=rf"published\.csv row 2, column {column}: {message}"):
        read(folder)
    path.write_text("\n".join([heading, first, second + ",more", ""]))
    with pytest.raises(UserError, match=r"published\.csv row 2: needs \d+ cells"):
        read(folder)


def test_an_id_of_digits_alone_stays_as_it_is(finished: Path, tmp_path: Path) -> None:
    heading, first, *_ = (finished / "front.csv").read_text().splitlines()
    for arch_id in ("0123456789012345", "12e4567890123456"):
        path = tmp_path / "front.csv"
        path.write_text("\n".join([heading, arch_id + first[first.index(",") :], ""]))
        assert [row.arch_id for row in read_table(path)] == [arch_id]


def test_a_need_of_memory_that_was_never_counted_was_infinite_once(change: Edit) -> None:
    folder = change(lambda result: result["published"][0].update(memory_mb=float("inf")))
    assert read(folder).published[0].costs == {"memory_mb": None}


def test_deep_nesting_is_no_result(run: Path) -> None:
    (run / "front.json").write_text("[" * 5000 + "]" * 5000)
    with pytest.raises(UserError, match=r"front\.json is nested too deeply"):
        read(run)


def test_a_whole_run_lacks_only_what_was_not_measured(finished: Path) -> None:
    run = read(finished)
    front = json.loads((finished / "front.json").read_text())
    assert [each.arch_id for each in run.front] == [row["arch_id"] for row in front["front"]]
    assert run.best is not None
    assert run.best.arch_id == front["best"]
    assert run.trials is not None
    assert run.trials.count == 100
    assert all(each.arch is not None for each in (*run.front, *run.published))
    assert [gap.split(":")[0] for gap in run.gaps] == ["Nothing to compare predictions with"]


def test_reading_changes_nothing(finished: Path) -> None:
    def state() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in sorted(finished.rglob("*")) if path.is_file()}

    before = state()
    read(finished)
    assert state() == before


def test_blocks_add_up_to_the_predicted_median(finished: Path) -> None:
    run = read(finished)
    assert run.blocks is not None
    assert run.best is not None
    blocks = run.blocks.explanation
    total = sum(each.latency_ms for each in blocks.operators) + blocks.fixed_ms
    assert total == pytest.approx(run.best.latency_p50_ms, rel=1e-3)


def test_an_older_run_without_later_columns_is_read(change: Edit) -> None:
    def forget(result: dict[str, Any]) -> None:
        for row in (*result["front"], *result["published"]):
            for name in ("accuracy_low", "latency_extrapolated", "macs", "attention_types", "latency_origin"):
                del row[name]
        for name in ("budget_ms", "accuracy", "latency", "confidence", "algorithm", "seed", "trials"):
            del result[name]
        for name in ("latency_verification", "verified_rounds", "verification"):
            del result[name]
        result["front"][0]["latency_measured_ms"] = 2.0

    folder = change(forget)
    (folder / "blocks.json").unlink()
    written = write_report(folder)
    assert any("full intervals" in gap for gap in written.gaps)
    assert any("blocks.json" in gap for gap in written.gaps)
    assert "No measured networks beside the front: the run is older than their record." in written.gaps
    assert "No predicted against found accuracy: the run is older than its record." in written.gaps
    assert len(read(folder).latency_checks) == 1


def test_every_measured_network_is_read_with_its_round(verified: Path) -> None:
    run, rows = read(verified), json.loads((verified / "front.json").read_text())["latency_verification"]
    assert [(each.round, each.arch_id, each.measured_ms, each.kept) for each in run.latency_checks] == [
        (row["round"], row["arch_id"], row["measured_ms"], row["kept"]) for row in rows
    ]
    assert len(rows) > len(run.front)
    assert len(run.rounds) == max(row["round"] for row in rows) > 1
    assert run.rounds[0].measured == sum(row["round"] == 1 for row in rows)
    found = latency_agreement(run.latency_checks)
    assert found["broke"] == sum(not row["kept"] for row in rows) > 0
    errors = [abs(row["predicted_ms"] / row["measured_ms"] - 1) for row in rows]
    assert found["error"] == pytest.approx(100 * sum(errors) / len(errors))
    assert run.gaps == ()


@pytest.mark.parametrize(
    ("name", "rows", "gap"),
    [
        ("latency_verification", [{"round": 1, "arch_id": "ab", "kept": True}], "No measured networks beside"),
        ("verified_rounds", [{"number": 1}], "No account of the rounds"),
        ("verification", [{"arch_id": "ab", "predicted": 1.0, "found": None}], "No predicted against found accuracy"),
    ],
)
def test_a_broken_record_is_a_stated_gap(change: Edit, name: str, rows: list[Any], gap: str) -> None:
    assert any(each.startswith(gap) for each in write_report(change(lambda result: result.update({name: rows}))).gaps)


def test_columns_of_a_later_version_are_shown(change: Edit) -> None:
    folder = change(
        lambda result: result["front"][0].update({"latency_high_ms:cpu": 12.25, "rank": [1, 2], "colour": "red"})
    )
    row = read(folder).front[0]
    assert (row.further_high_ms, row.others) == ({"cpu": 12.25}, {"colour": "red"})
    text = write_report(folder).path.read_text()
    assert "latency_high_ms:cpu" in text
    assert ">12.25<" in text


def test_published_models_of_a_run_that_has_them_in_its_table_only(change: Edit) -> None:
    folder = change(lambda result: result.pop("published"))
    names = {each.name: each for each in read(folder).published}
    assert names["mit-b1"].parameters == 9_102_024
    (folder / "published.csv").unlink()
    assert "No published models: the run holds none." in read(folder).gaps


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda rows: rows[1].pop("accuracy"), "row 1 of front, column accuracy: must be a number, got None"),
        (lambda rows: rows[0].update(accuracy=float("nan")), "column accuracy: must be a number, got nan"),
        (lambda rows: rows[0].update(arch_id="../secret"), "must be hexadecimal digits, got '../secret'"),
        (lambda rows: rows.append(3), "of front must be an object, got int"),
    ],
)
def test_a_broken_result_is_named(change: Edit, edit: Callable[[list[Any]], None], message: str) -> None:
    with pytest.raises(UserError, match=message) as error:
        write_report(change(lambda result: edit(result["front"])))
    assert "front.json" in str(error.value)
    with pytest.raises(UserError, match=r"front\.json, column front: must be a list, got None"):
        read(change(lambda result: result.update(front=None)))


def test_an_unfinished_search_and_another_folder_are_told_apart(run: Path, tmp_path: Path) -> None:
    (run / "front.json").write_text('{"front": [')
    with pytest.raises(UserError, match=r"front\.json is not JSON"):
        read(run)
    (run / "front.json").unlink()
    with pytest.raises(UserError, match="has not finished"):
        read(run)
    with pytest.raises(UserError, match="is no run of nas search"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("path", "content", "gap"),
    [
        ("study.journal", None, "No hypervolume over trials: study.journal is missing."),
        ("study.journal", "no journal\nat all\n", "No hypervolume over trials: study.journal cannot be read"),
        ("study.journal", "", "No hypervolume over trials: study.journal cannot be read (it holds no study)."),
        ("blocks.json", "{", "No latency by block of the chosen network: blocks.json cannot be used"),
        ("blocks.json", '{"arch_id": "0000", "fixed_ms": 0.0}', "blocks.json cannot be used (it is about 0000)"),
    ],
)
def test_a_broken_part_is_a_stated_gap(run: Path, path: str, content: str | None, gap: str) -> None:
    (run / path).unlink() if content is None else (run / path).write_text(content)
    assert any(gap in each for each in write_report(run).gaps)
    assert (run / path).exists() == (content is not None)


def test_found_against_published_is_read_with_its_verdicts(finished: Path, change: Edit) -> None:
    run = read(finished)
    assert [each.name for each in run.comparisons] == [each.name for each in run.published]
    for each in run.comparisons:
        assert each.gain is not None
        assert each.is_gain == (each.verdict == "gain")
        assert each.gain.points != 0 or each.verdict == "cannot be told apart"
        assert each.published.arch_id in {network.arch_id for network in run.published}
        assert (finished / "archs" / f"{each.gain.found.arch_id}.json").exists()
    assert len(run.baselines) == 3
    assert (run.baselines[0].name, run.baselines[0].tried) == ("random networks", 300)

    def spoil(result: dict[str, Any]) -> None:
        del result["found_against_published"][2]["within_goals"]
        result["baselines"] = [{"name": "a"}]

    broken = read(change(spoil))
    assert (broken.comparisons, broken.baselines) == ((), ())
    assert [gap.split(":")[0] for gap in broken.gaps[-2:]] == [
        "No comparison with the published models",
        "No comparison with simple methods",
    ]


@pytest.mark.parametrize("content", [None, "{", '{"devices": [{"device": "a"}]}'])
def test_a_missing_or_broken_fleet_is_a_stated_gap(fleet: Path, tmp_path: Path, content: str | None) -> None:
    folder = shutil.copytree(fleet, tmp_path / "run")
    (folder / "fleet.json").unlink() if content is None else (folder / "fleet.json").write_text(content)
    assert any(gap.startswith("No fronts by device") for gap in write_report(folder).gaps)


def test_missing_architectures_are_counted(run: Path) -> None:
    total = len(read(run).front)
    # published members are known without their files
    first, second, *_ = (run / "archs" / f"{each.arch_id}.json" for each in read(run).front if not each.published)
    first.unlink()
    second.write_text("{}")
    assert any(f"No architecture for 2 of {total} networks" in gap for gap in write_report(run).gaps)


def test_an_empty_front_makes_a_page(change: Edit) -> None:
    def empty(result: dict[str, Any]) -> None:
        result.update(front=[], published=[], best=None)

    assert any("front is empty" in gap for gap in write_report(change(empty)).gaps)

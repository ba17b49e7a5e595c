"""Results on their way home: filed, refused where they were changed or do not belong."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from nas.collecting.places.results import import_results, left_out
from nas.devices import Device
from nas.errors import UserError
from nas.measuring.plan import Plan
from nas.measuring.runner.errors import RunnerError
from nas.measuring.runner.journal import Journal
from search_space import SearchSpace


@pytest.fixture
def results(measured: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(measured / "results.jsonl", tmp_path / "results.jsonl"))


def test_half_a_run_is_filed_and_the_rest_later(results: Path, tmp_path: Path, board: Device) -> None:
    whole = results.read_bytes()
    part = tmp_path / "part.jsonl"
    part.write_bytes(whole[: int(0.6 * len(whole))])
    first, _ = import_results(part, device=board, folder=tmp_path / "t")
    second, new = import_results(results, device=board, folder=tmp_path / "t")
    assert new > 0
    assert len(first.rows) <= len(second.rows)
    assert left_out(results) == 0


def test_an_edited_line_is_named(results: Path, tmp_path: Path, board: Device) -> None:
    lines = results.read_text().splitlines()
    number = next(index for index, line in enumerate(lines) if '"wall_ns":[' in line)
    lines[number] = lines[number].replace('"wall_ns":[', '"wall_ns":[1')
    results.write_text("\n".join(lines) + "\n")
    with pytest.raises(RunnerError, match=rf"line {number + 1} \(model .* was changed after it was measured"):
        import_results(results, device=board, folder=tmp_path / "t")
    assert not (tmp_path / "t").exists()


@pytest.mark.parametrize("value", ["NaN", "0", "-5", "1.5", "1e9", '"3"'])
def test_an_impossible_latency_is_named(value: str, results: Path, tmp_path: Path, board: Device) -> None:
    journal = Journal(results, None)
    visit = journal.visits[0]
    body = json.dumps({**visit._asdict(), "round": 77, "wall_ns": ["HERE", *visit.wall_ns[1:]]}).replace(
        '"HERE"', value
    )
    with results.open("a") as file:
        file.write(body + "\n")
    with pytest.raises(RunnerError, match=rf"line {results.read_text().count(chr(10))}.* (is broken|was changed)"):
        import_results(results, device=board, folder=tmp_path / "t")


def test_a_visit_in_another_unit_is_left_out_and_named(results: Path, tmp_path: Path, board: Device) -> None:
    journal = Journal(results, None)
    visit = journal.visits[-1]
    journal.add(visit._replace(round=50, wall_ns=[1000 * ns for ns in visit.wall_ns]))
    table, _ = import_results(results, device=board, folder=tmp_path / "t")
    (note,) = (text for text in table.manifest.environment["warnings"] if text.startswith("line "))
    assert note.startswith(f"line {journal.visit_lines[-1]}: {visit.model} took ")
    assert next(row for row in table.rows if row.key_hash == visit.model).p50_ms < 100


def test_a_model_in_another_unit_is_quarantined(results: Path, plan: Plan, tmp_path: Path, board: Device) -> None:
    original = Journal(results, None, repair=False)
    network = next(item.key for item in plan.items if item.kind == "network" and item not in plan.anchors)
    copy = Journal(tmp_path / "copy.jsonl", original.header)
    copy.begin_session(original.sessions[0]["machine"])
    copy.note_plan(original.plan)
    for visit in original.visits:
        factor = 1_000_000 if visit.model == network else 1
        copy.add(
            visit._replace(wall_ns=[factor * n for n in visit.wall_ns], cpu_ns=[factor * n for n in visit.cpu_ns])
        )
    table, _ = import_results(copy.path, device=board, folder=tmp_path / "t")
    (failed,) = table.failed
    assert failed.key_hash == network
    assert failed.quality.startswith("failed: quarantined: ")


def test_what_does_not_belong_is_refused(
    results: Path, archive: Path, tiny_space: SearchSpace, tmp_path: Path, board: Device
) -> None:
    other = Device(name="other", description="", runtime="onnxruntime", precision="fp32", batch=1)
    with pytest.raises(UserError, match="device is 'my-board'; other has 'other'"):
        import_results(results, device=other, folder=tmp_path / "t")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as file:
        file.writestr("manifest.json", "{}")
    with pytest.raises(UserError, match=r"was measured from another bundle than .*other\.zip"):
        import_results(results, device=board, folder=tmp_path / "t", bundle=tmp_path / "other.zip")
    (tmp_path / "text").write_text("{}\n")
    with pytest.raises(ValueError, match="text line 1"):
        import_results(tmp_path / "text", device=board, folder=tmp_path / "t")
    with pytest.raises(UserError, match="no such file"):
        import_results(tmp_path / "nothing", device=board, folder=tmp_path / "t")
    assert not (tmp_path / "t").exists()


def test_another_machine_in_the_same_file_is_refused(results: Path, tmp_path: Path, board: Device) -> None:
    journal = Journal(results, None)
    journal.begin_session({**journal.sessions[0]["machine"], "machine_id": "0123", "board": "another board"})
    with pytest.raises(RunnerError, match=r"line \d+: from here on measured on 0123/another board"):
        import_results(results, device=board, folder=tmp_path / "t")
    assert import_results(results, device=board, folder=tmp_path / "t", mixed=True)[1] > 0


def test_results_of_another_run_do_not_mix(results: Path, tmp_path: Path, board: Device) -> None:
    import_results(results, device=board, folder=tmp_path / "t")
    journal = Journal(tmp_path / "other.jsonl", Journal(results, None, repair=False).header)
    journal.begin_session({"machine_id": "0123"})
    journal.note_plan(Journal(results, None, repair=False).plan)
    for visit in Journal(results, None, repair=False).visits:
        journal.add(visit)
    with pytest.raises(UserError, match=r"holds other results than .* \(these were measured on 0123, those on "):
        import_results(tmp_path / "other.jsonl", device=board, folder=tmp_path / "t")

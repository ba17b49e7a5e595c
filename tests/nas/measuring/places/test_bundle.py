"""A bundle on its way: run by itself with nothing of ours, killed, brought home, refused where broken."""

import hashlib
import importlib
import json
import random
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from nas.devices import Device
from nas.errors import UserError
from nas.measuring.backends import BACKENDS
from nas.measuring.backends.onnxruntime_cpu import OnnxRuntimeBackend
from nas.measuring.places.bundle import write_bundle
from nas.measuring.places.results import import_results, left_out
from nas.measuring.plan import Plan
from nas.measuring.runner.bundle import Bundle
from nas.measuring.runner.errors import RunnerError
from nas.measuring.runner.journal import Journal
from nas.measuring.runner.protocol import MeasuringProtocol
from nas.measuring.runner.weights import place_model
from nas.measuring.sampling import make_plan
from predictors import LatencyTable
from search_space import SearchSpace

ROUNDS = 2


def run(bundle: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", str(bundle), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def results(measured: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(measured / "results.jsonl", tmp_path / "results.jsonl"))


def test_the_whole_way(measured: Path, plan: Plan, archive: Path, tmp_path: Path, board: Device) -> None:
    table, new = import_results(measured / "results.jsonl", device=board, folder=tmp_path / "t", bundle=archive)
    assert LatencyTable.load(tmp_path / "t") == table
    assert {row.row_id for row in table.rows} == {f"{item.kind}-{item.key}" for item in plan.items}
    assert table.manifest.device == "my-board"
    assert new == len(Journal(measured / "results.jsonl", None, repair=False).visits)
    graphs = [Bundle(archive).model(item.key).graph for item in plan.items]
    assert {row.onnx_sha256 for row in table.rows} <= {hashlib.sha256(graph).hexdigest() for graph in graphs}
    block = next(row for row in table.rows if row.kind == "block")
    assert set(block.model_extra or {}) == {"block_type", "in_channels", "out_channels", "stride", "options"}
    assert import_results(measured / "results.jsonl", device=board, folder=tmp_path / "t") == (table, 0)


def test_the_same_plan_is_the_same_file(tiny_space: SearchSpace, board: Device, tmp_path: Path) -> None:
    items = make_plan(tiny_space, networks=4, blocks=2, seed=0).items[-2:]
    plan, paths = Plan(items=items, anchors=items[:1]), [tmp_path / "one.zip", tmp_path / "two.zip"]
    for path in paths:
        write_bundle(plan, device=board, space=tiny_space, protocol=MeasuringProtocol(), path=path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_second_run_measures_nothing_and_a_single_number_can_be_repeated(
    archive: Path, measured: Path, plan: Plan
) -> None:
    before = (measured / "results.jsonl").read_bytes()
    assert run(archive, measured).returncode == 0
    assert (measured / "results.jsonl").read_bytes() == before
    found = run(archive, measured, "--model", plan.items[0].key)
    assert float(found.stdout.split()[0]) > 0
    assert (measured / "results.jsonl").read_bytes() == before
    status = json.loads(run(archive, measured, "--status").stdout)
    assert not status["running"]
    assert status["done"] == status["total"] > 0


def test_ten_kills_lose_at_most_the_entry_in_flight(
    archive: Path, measured: Path, tmp_path: Path, board: Device
) -> None:
    folder, rng, kept = tmp_path / "board", random.Random(0), b""
    folder.mkdir()
    for _ in range(10):
        with subprocess.Popen([sys.executable, "-I", archive], cwd=folder, stdout=subprocess.DEVNULL) as process:
            time.sleep(rng.uniform(0.2, 0.7))
            process.kill()
        if (folder / "results.jsonl").exists():
            content = (folder / "results.jsonl").read_bytes()
            assert content.startswith(kept)
            kept = content[: content.rfind(b"\n") + 1]
    assert run(archive, folder).returncode == 0
    journal = Journal(folder / "results.jsonl", None, repair=False)
    planned = [v for v in journal.visits if v.round < ROUNDS]
    assert (folder / "results.jsonl").read_bytes().startswith(kept)
    assert len({(v.model, v.group, v.round) for v in planned}) == len(planned)
    whole = Journal(measured / "results.jsonl", None, repair=False)
    assert {(v.model, v.round) for v in planned} == {(v.model, v.round) for v in whole.visits if v.round < 2}
    table, _ = import_results(folder / "results.jsonl", device=board, folder=tmp_path / "t")
    assert len(table.rows) == len(journal.plan["items"])
    assert table.manifest.environment["sessions"] == [session["started"] for session in journal.sessions]


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


@pytest.mark.parametrize("name", ["../evil", "/evil", "models/../../evil", "a\\..\\evil", "C:evil"])
def test_names_that_lead_outside_are_refused(name: str, archive: Path, tmp_path: Path) -> None:
    bad = Path(shutil.copy(archive, tmp_path / "bad.zip"))
    with zipfile.ZipFile(bad, "a") as file:
        file.writestr(zipfile.ZipInfo(name), "evil")
    with pytest.raises(RunnerError, match="leads outside the folder"):
        Bundle(bad)
    found = run(bad, tmp_path)
    assert found.returncode == 1
    assert "leads outside the folder" in found.stderr
    assert [path.name for path in tmp_path.iterdir() if path.name != "results.jsonl.lock"] == ["bad.zip"]


def unpacked(archive: Path, folder: Path) -> Path:
    with zipfile.ZipFile(archive) as file:
        file.extractall(folder)
    return folder


def test_a_changed_file_is_named_and_nothing_runs(archive: Path, plan: Plan, tmp_path: Path) -> None:
    folder = unpacked(archive, tmp_path / "b")
    path = folder / "models" / f"{plan.items[0].key}.json"
    path.write_text(path.read_text().replace("0", "1", 1))
    found = run(folder, tmp_path)
    assert found.returncode == 1
    assert f"{path} was changed: its SHA-256 differs from SHA256SUMS" in found.stderr
    assert not (tmp_path / "results.jsonl").exists()
    path.unlink()
    assert f"the bundle is incomplete: {path} is not there" in run(folder, tmp_path).stderr


def test_a_flipped_bit_in_the_packed_file_is_named(archive: Path, plan: Plan, tmp_path: Path) -> None:
    name = f"models/{plan.items[0].key}.onnx"
    with zipfile.ZipFile(archive) as file:
        member = file.getinfo(name)
    content = bytearray(archive.read_bytes())
    content[member.header_offset + 30 + len(name) + member.compress_size // 2] ^= 1
    (tmp_path / "b.zip").write_bytes(content)
    with pytest.raises(RunnerError, match=rf"b\.zip/{name} was changed: "):
        Bundle(tmp_path / "b.zip")


def test_weights_are_ordinary_numbers_and_the_same_each_time(archive: Path, plan: Plan, tmp_path: Path) -> None:
    model = Bundle(archive).model(plan.items[1].key)
    graphs = [place_model(model, tmp_path / name, seed=0) for name in ("one", "two")]
    data = [graph.with_suffix(".data").read_bytes() for graph in graphs]
    values = np.frombuffer(data[0], dtype=np.float32)
    assert data[0] == data[1]
    assert np.isfinite(values).all()
    small = np.abs(values[values != 0])
    assert small.min() > 1e-30  # no denormal numbers, which would slow down the arithmetic


def test_an_unpacked_bundle_runs_as_well(archive: Path, plan: Plan, tmp_path: Path) -> None:
    found = run(unpacked(archive, tmp_path / "b"), tmp_path, "--model", plan.items[0].key)
    assert (found.returncode, found.stderr) == (0, "")
    assert float(found.stdout.split()[0]) > 0


def test_a_runtime_that_does_not_travel_is_refused(tiny_space: SearchSpace, plan: Plan, tmp_path: Path) -> None:
    device = Device(name="my-board", runtime="torch")
    with pytest.raises(UserError, match="has no torch, which device my-board needs; it has onnxruntime, tensorrt"):
        write_bundle(plan, device=device, space=tiny_space, protocol=MeasuringProtocol(), path=tmp_path / "b.zip")
    assert list(tmp_path.iterdir()) == []


BOARD_RUNTIME = '''
from nas.measuring.runner.timing import Timed


class Sums:
    """Adds up the bytes of a graph."""

    name, version = "sums", "7"

    def __init__(self, work, threads, seed, program=""):
        pass

    @staticmethod
    def options():
        return {"sum": True}

    def load(self, model):
        return Timed(lambda: sum(model.graph))

    def command(self, key):
        return ""

    def keep(self, keys):
        pass
'''


def test_a_runtime_of_ones_own_travels_with_the_models(
    tiny_space: SearchSpace, plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sums_on_a_board.py").write_text(BOARD_RUNTIME)
    monkeypatch.syspath_prepend(tmp_path)

    class SumsBackend(OnnxRuntimeBackend):
        name = "sums"
        board = importlib.import_module("sums_on_a_board").Sums

    monkeypatch.setitem(BACKENDS, "sums", SumsBackend)
    device, small = Device(name="abacus", runtime="sums"), Plan(items=plan.items[-1:], anchors=plan.items[-1:])
    path, folder = tmp_path / "abacus.zip", tmp_path / "board"
    write_bundle(small, device=device, space=tiny_space, protocol=MeasuringProtocol(rounds=2), path=path)
    folder.mkdir()
    found = run(path, folder)
    assert (found.returncode, found.stderr) == (0, "")
    table, _ = import_results(folder / "results.jsonl", device=device, folder=tmp_path / "t", bundle=path)
    assert (table.manifest.runtime, table.manifest.runtime_version) == ("sums", "7")
    assert len(table.rows) == 1

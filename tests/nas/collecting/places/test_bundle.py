"""Writing a bundle: the whole way to a table, the same file each time, a runtime of one's own."""

import hashlib
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from nas.collecting.places.bundle import write_bundle
from nas.collecting.places.results import import_results
from nas.devices import Device
from nas.errors import UserError
from nas.measuring.backends import BACKENDS
from nas.measuring.backends.onnxruntime_cpu import OnnxRuntimeBackend
from nas.measuring.plan import Plan
from nas.measuring.runner.bundle import Bundle
from nas.measuring.runner.journal import Journal
from nas.measuring.runner.protocol import MeasuringProtocol
from nas.measuring.sampling import make_plan
from predictors import LatencyTable
from search_space import SearchSpace


def run(bundle: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", str(bundle), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


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
    items = make_plan(tiny_space, networks=4, blocks=2, seed=0).items[-1:]
    plan, paths = Plan(items=items, anchors=items[:1]), [tmp_path / "one.zip", tmp_path / "two.zip"]
    for path in paths:
        write_bundle(plan, device=board, space=tiny_space, protocol=MeasuringProtocol(), path=path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


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

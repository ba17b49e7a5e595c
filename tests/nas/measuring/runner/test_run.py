"""A bundle run by itself with nothing of ours: again, killed, unpacked."""

import json
import random
import subprocess
import sys
import time
import zipfile
from pathlib import Path

from nas.collecting.places.results import import_results
from nas.devices import Device
from nas.measuring.plan import Plan
from nas.measuring.runner.journal import Journal

ROUNDS = 2


def run(bundle: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", str(bundle), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


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


def unpacked(archive: Path, folder: Path) -> Path:
    with zipfile.ZipFile(archive) as file:
        file.extractall(folder)
    return folder


def test_an_unpacked_bundle_runs_as_well(archive: Path, plan: Plan, tmp_path: Path) -> None:
    found = run(unpacked(archive, tmp_path / "b"), tmp_path, "--model", plan.items[0].key)
    assert (found.returncode, found.stderr) == (0, "")
    assert float(found.stdout.split()[0]) > 0

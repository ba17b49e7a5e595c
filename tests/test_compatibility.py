"""Files that earlier versions wrote: all of them are read, and say what they said then.

A folder `data/version-*` holds what `scripts/write_compatibility_files.py` left with that version installed, and the
figures that it read from its own files. The folders are never written again: what stands there, users have too.
"""

import gzip
import hashlib
import json
import math
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from numpy import prod
from safetensors.torch import load_file
from typer.testing import CliRunner

from nas.cli.app import app, main
from nas.collecting.places.results import import_results
from nas.devices import find_device
from nas.runs import read
from nas.runs.trials import load_study
from nas.search.judge import SupernetJudge
from predictors import LatencyTable, load_predictor
from predictors.latency.table import key_hash
from search_space import (
    ArchConfig,
    arch_cost,
    named_space,
    operator_from_json,
    published,
)
from supernet import TrainConfig, load_dataset, read_manifest, train

FOLDERS = sorted((Path(__file__).parent / "data").glob("version-*"))
READ = {  # entries of a folder, each read by a test below
    *("architectures.json", "operators.json", "predictions.json", "logits.json", "runs.json", "written-by.json"),
    *("home", "latency-table", "results.jsonl", "predictors", "supernet", "run", "run-supernet"),
}


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda folder: folder.name)
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of a folder with its large files unpacked."""
    folder = tmp_path_factory.mktemp("written") / request.param.name
    shutil.copytree(request.param, folder)
    for path in folder.rglob("*.gz"):
        path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()
    return folder


@pytest.fixture
def home(written: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The devices that the user had described."""
    monkeypatch.setenv("NAS_HOME", str(written / "home"))
    return written / "home"


@pytest.fixture(scope="module")
def judge(written: Path) -> SupernetJudge:
    return SupernetJudge(written / "supernet")


def content(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def same(cost: object, stored: dict[str, int]) -> bool:
    """What was counted then is counted alike; costs that are counted since are not asked for."""
    found = asdict(cost)  # type: ignore[call-overload]
    return {name: found[name] for name in stored} == stored


def test_there_are_files_of_the_first_version() -> None:
    assert "version-0.1.0" in [folder.name for folder in FOLDERS]


def test_every_file_is_read_here(written: Path) -> None:
    assert {path.name for path in written.iterdir()} <= READ
    assert content(written / "written-by.json")["nas"] == written.name.removeprefix("version-")


def test_architectures_keep_their_ids_and_costs(written: Path) -> None:
    stored = content(written / "architectures.json")
    for family, entries in stored.items():
        for entry in entries:
            arch = ArchConfig.from_json(entry["arch"])
            assert arch.arch_id == entry["arch_id"]
            assert same(arch_cost(arch), entry["cost"])
            if family == "published":
                assert published(entry["name"]) == arch
            else:
                assert arch in named_space(family)
    assert len(stored["published"]) >= 27
    assert all(len(entries) >= 27 for entries in stored.values())


def test_operators_keep_their_keys_and_costs(written: Path) -> None:
    """A latency table finds its rows by these keys."""
    stored = content(written / "operators.json")
    for entry in stored:
        operator = operator_from_json(entry["key_json"])
        assert operator.key_json == entry["key_json"]
        assert same(operator.cost, entry["cost"])
    assert len(stored) >= 20


def test_the_latency_table_is_read(written: Path) -> None:
    table = LatencyTable.load(written / "latency-table")
    for row in table.rows:
        assert key_hash(row.key_json) == row.key_hash
        if row.kind == "network":
            arch = ArchConfig.from_json(row.key_json)
            assert arch.arch_id == row.arch_id
            assert arch_cost(arch).macs == row.macs
        else:
            assert operator_from_json(row.key_json).key_json == row.key_json
    assert {row.kind for row in table.rows} >= {"network", "block"}
    assert len(table.networks("fit")) >= 6


def test_a_board_s_results_are_filed_as_they_were(written: Path, home: Path, tmp_path: Path) -> None:
    then = LatencyTable.load(written / "latency-table")
    now, _ = import_results(written / "results.jsonl", device=find_device("my-board"), folder=tmp_path / "table")
    assert [(row.key_hash, row.arch_id, row.split) for row in now.rows] == [
        (row.key_hash, row.arch_id, row.split) for row in then.rows
    ]
    assert [row.p50_ms for row in now.rows] == pytest.approx([row.p50_ms for row in then.rows], rel=1e-9)


def test_predictors_say_what_they_said(written: Path) -> None:
    stored = content(written / "predictions.json")
    assert stored.keys() == {path.name for path in (written / "predictors").iterdir()}
    for name, rows in stored.items():
        archs = [ArchConfig.from_json(row["arch"]) for row in rows]
        found = load_predictor(written / "predictors" / name).predict(archs, confidence=0.5)
        for field in ("p50_ms", "low_ms", "high_ms"):
            assert getattr(found, field).tolist() == pytest.approx([row[field] for row in rows], rel=1e-9), name


def test_the_supernet_s_networks_answer_what_they_answered(written: Path, judge: SupernetJudge) -> None:
    """Each parameter is cut from the shared ones where it was."""
    for entry in content(written / "logits.json"):
        arch = ArchConfig.from_json(entry["arch"])
        shape = 1, arch.in_channels, *arch.resolution
        image = torch.cos(torch.arange(prod(shape), dtype=torch.float64)).reshape(shape)
        with torch.no_grad():
            found = judge.supernet.extract(arch).double()(image)
        scale = max(map(abs, entry["logits"]))
        assert found[0].tolist() == pytest.approx(entry["logits"], rel=1e-6, abs=1e-6 * scale)


def test_evaluations_are_known(written: Path, judge: SupernetJudge) -> None:
    lines = [json.loads(line) for line in (written / "supernet" / "evaluations.jsonl").read_text().splitlines()]
    assert len(lines) >= 5
    assert {arch.arch_id for arch in judge.earlier()} == {line["arch_id"] for line in lines}
    for line in lines:
        accuracy = judge.recall(ArchConfig.from_json(json.dumps(line["arch"])))
        assert accuracy is not None
        assert accuracy.value == line["accuracy"]


def test_a_training_is_taken_up_where_it_ended(written: Path, tmp_path: Path) -> None:
    """Weights, the optimiser's moments, the ledger and the history; another configuration is refused by name."""
    folder = tmp_path / "supernet"
    shutil.copytree(written / "supernet", folder)
    manifest = read_manifest(folder)
    data, config = load_dataset(manifest["data"]), TrainConfig(**manifest["config"])
    space = named_space(manifest["space"]).for_data(classes=data.classes, in_channels=data.channels)
    supernet = train(space, data, folder, config)
    for name, tensor in load_file(folder / manifest["files"]["weights"]["file"]).items():
        assert torch.equal(supernet.shared[name], tensor)
    again = read_manifest(folder)
    assert {key: again[key] for key in ("step", "history", "ledger", "config")} == {
        key: manifest[key] for key in ("step", "history", "ledger", "config")
    }
    with pytest.raises(ValueError, match=r"another config \(passes 2 instead of 4\)"):
        train(space, data, folder, replace(config, passes=4))


def runs(written: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    for name, facts in content(written / "runs.json").items():
        yield written / name, facts


def test_runs_are_read_with_no_gaps_but_those_of_their_time(written: Path) -> None:
    for folder, facts in runs(written):
        run = read(folder)
        assert [each.arch_id for each in run.front] == facts["front"]
        assert [each.arch.arch_id for each in run.front if each.arch] == facts["front"]
        assert run.best is not None
        assert run.trials is not None
        assert run.published or facts["options"][0] == "--supernet"
        assert {gap.partition(":")[0] for gap in run.gaps} <= {gap.partition(":")[0] for gap in facts["gaps"]}


def test_runs_are_reported(written: Path, tmp_path: Path) -> None:
    for folder, facts in runs(written):
        page = tmp_path / f"{folder.name}.html"
        shown = CliRunner().invoke(app, ["report", str(folder), "--out", str(page)], catch_exceptions=False)
        assert shown.exit_code == 0
        assert all(arch_id[:8] in page.read_text(encoding="utf-8") for arch_id in facts["front"])


def test_studies_are_read_and_their_genes_mean_the_same_networks(written: Path, judge: SupernetJudge) -> None:
    for folder, facts in runs(written):
        space = named_space(content(folder / "config.json")["space"])
        space = judge.supernet.space if "--supernet" in facts["options"] else space
        study = load_study(folder / "study.journal")
        assert study is not None
        assert len(study.trials) >= 8
        for trial in study.trials:
            genotype = [trial.params[gene.name] for gene in space.genes]
            assert space.decode(genotype).arch_id == trial.user_attrs["arch_id"]
            assert trial.values is not None
            assert all(map(math.isfinite, trial.values))


def digests(folder: Path) -> dict[str, str]:
    """Of every file but locks."""
    paths = [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith("lock")]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_the_same_search_goes_on_or_is_refused_in_a_line(
    written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a search rests on may be another one in a later version; then its folder stays as it is."""
    copy = tmp_path / "copy"
    shutil.copytree(written, copy)
    monkeypatch.chdir(copy)
    for folder, facts in runs(copy):
        before = digests(folder)
        evaluated = (copy / "supernet" / "evaluations.jsonl").read_bytes()
        monkeypatch.setattr(sys, "argv", ["nas", "search", *facts["options"], "--out", folder.name])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr().err.splitlines()
        assert (copy / "supernet" / "evaluations.jsonl").read_bytes() == evaluated
        if ended.value.code == 0:
            assert len(read(folder).front) >= 1
        else:
            assert ended.value.code == 2
            assert said[-1].startswith(f"nas: {folder.name} holds another search (differs in ")
            assert not [line for line in said if "Traceback" in line]
            assert digests(folder) == before

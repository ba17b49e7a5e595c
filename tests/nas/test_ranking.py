"""`nas audit` from a supernet to its verdict, resumed without training anything twice."""

import csv
import json
from pathlib import Path

import pytest

from nas.ranking import AuditJob, audit_supernet, ranking_note
from search_space import SearchSpace
from supernet import TrainConfig, load_dataset, supernet_digest, train


def test_an_audit_is_kept_and_resumed(tmp_path: Path, named_tiny: SearchSpace) -> None:
    config = TrainConfig(recipe="single-path", passes=2, batch=16)
    data = "fractals:classes=3,size=16,per_class=32,test_per_class=20,channels=1"
    space = named_tiny.for_data(classes=3, in_channels=1)
    train(space, load_dataset(data), tmp_path, config, probes=0)
    digest = supernet_digest(tmp_path)
    assert "not audited; nas audit --supernet" in ranking_note(tmp_path, digest)
    job, told = AuditJob(supernet=tmp_path, networks=4, epochs=1, steps=1), list[int]()
    first = audit_supernet(job, lambda done, _all, _network: told.append(done)).record
    assert told == [1, 2, 3, 4]
    assert json.loads(json.dumps(first)) == json.loads((tmp_path / "audit.json").read_text())
    assert first["metric"] == "top-1"
    lines = (tmp_path / "audit.jsonl").read_text()
    assert len(lines.splitlines()) == 4
    with (tmp_path / "audit.jsonl").open("a") as file:
        file.write('{"torn')
    (tmp_path / "audit.json").unlink()
    assert audit_supernet(job).record == first
    assert (tmp_path / "audit.jsonl").read_text().startswith(lines)
    with (tmp_path / "audit.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [float(row["alone"]) for row in table] == [json.loads(line)["alone"] for line in lines.splitlines()]
    assert (tmp_path / "audit.png").stat().st_size > 10_000
    assert first["verdict"] in ranking_note(tmp_path, digest)
    assert "not audited" in ranking_note(tmp_path, "other weights")


def test_networks_of_a_version_with_fewer_settings_are_not_trained_again(
    tmp_path: Path, named_tiny: SearchSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = load_dataset("fractals:classes=3,size=16,per_class=32,test_per_class=20,channels=1")
    config = TrainConfig(recipe="single-path", passes=1, batch=16)
    train(named_tiny.for_data(classes=3, in_channels=1), data, tmp_path, config, probes=0)
    job = AuditJob(supernet=tmp_path, networks=4, epochs=1, steps=1)
    first = audit_supernet(job).record
    rows = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    for row in rows:
        settings = json.loads(row["settings"])
        del settings["channels_last"]
        row["settings"] = json.dumps(settings)
    (tmp_path / "audit.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    monkeypatch.setattr("supernet.train_alone", None)
    assert audit_supernet(job).record == first

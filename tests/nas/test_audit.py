"""`nas audit` from a supernet to its verdict, resumed without training anything twice."""

import csv
import json
from pathlib import Path

import pytest

from nas.commands.audit import audit_command, ranking_note
from search_space import named_space
from supernet import TrainConfig, load_dataset, supernet_digest, train


def test_an_audit_is_kept_and_resumed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = TrainConfig(recipe="single-path", passes=2, batch=16)
    train(named_space("digits"), load_dataset("digits"), tmp_path, config, probes=0)
    digest = supernet_digest(tmp_path)
    assert "not audited; nas audit --supernet" in ranking_note(tmp_path, digest)
    audit_command(tmp_path, networks=4, epochs=1, steps=1, seed=0, as_json=True)
    first = json.loads(capsys.readouterr().out)
    lines = (tmp_path / "audit.jsonl").read_text()
    assert len(lines.splitlines()) == 4
    with (tmp_path / "audit.jsonl").open("a") as file:
        file.write('{"torn')
    (tmp_path / "audit.json").unlink()
    audit_command(tmp_path, networks=4, epochs=1, steps=1, seed=0, as_json=True)
    assert json.loads(capsys.readouterr().out) == first
    assert (tmp_path / "audit.jsonl").read_text().startswith(lines)
    with (tmp_path / "audit.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [float(row["alone"]) for row in table] == [json.loads(line)["alone"] for line in lines.splitlines()]
    assert (tmp_path / "audit.png").stat().st_size > 10_000
    assert first["verdict"] in ranking_note(tmp_path, digest)
    assert "not audited" in ranking_note(tmp_path, "other weights")

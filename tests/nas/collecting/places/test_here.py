"""A real collection on this machine that is interrupted and goes on."""

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from nas.collecting.places.here import collect
from nas.devices import find_device
from nas.measuring.plan import Plan
from nas.measuring.runner.journal import Journal
from nas.measuring.runner.protocol import MeasuringProtocol
from nas.measuring.sampling import make_plan
from predictors import LatencyTable
from search_space import ArchConfig, SearchSpace

PROTOCOL = MeasuringProtocol(rounds=2, extra_rounds=1, visit_ms=2, warm_up_ms=1, max_warm_up_ms=5)


def test_interrupted_collection_goes_on_and_a_finished_one_adds_nothing(
    tiny_space: SearchSpace, plan: Plan, archive: Path, tmp_path: Path
) -> None:
    """The models are those of the bundle, which were exported in the same way."""
    with zipfile.ZipFile(archive) as bundle:
        bundle.extractall(tmp_path, [name for name in bundle.namelist() if name.startswith("models/")])

    def run(on_step: object = lambda done, total: None) -> tuple[LatencyTable, int]:
        return collect(
            plan,
            device=find_device("cpu"),
            space=tiny_space,
            folder=tmp_path,
            protocol=PROTOCOL,
            on_step=on_step,  # type: ignore[arg-type]
        )

    class KilledError(Exception):
        pass

    def kill(done: int, total: int) -> None:
        if done == total - 3:
            raise KilledError

    with pytest.raises(KilledError):
        run(kill)
    kept = (tmp_path / "raw.jsonl").read_bytes()
    table, made = run()
    assert made > 0
    assert (tmp_path / "raw.jsonl").read_bytes().startswith(kept)
    assert LatencyTable.load(tmp_path) == table
    assert len(table.rows) == len(plan.items)
    assert {row.arch_id for row in table.networks()} == {item.arch.arch_id for item in plan.items if item.arch}
    assert all(ArchConfig.from_json(row.key_json).arch_id == row.arch_id for row in table.networks())
    assert not (tmp_path / "models").exists()
    assert run() == (table, 0)


def test_another_plan_in_the_same_folder_is_refused(tiny_space: SearchSpace, tmp_path: Path) -> None:
    Journal(tmp_path / "raw.jsonl", {"plan": "other"})
    with pytest.raises(ValueError, match="belongs to another plan"):
        collect(
            make_plan(tiny_space, networks=4, blocks=0, seed=0),
            device=find_device("cpu"),
            space=tiny_space,
            folder=tmp_path,
            protocol=PROTOCOL,
        )


def test_int8_and_a_batch_are_measured_and_said(tiny_space: SearchSpace, tmp_path: Path) -> None:
    items = make_plan(tiny_space, networks=4, blocks=0, seed=0).items[:3]
    device = replace(find_device("cpu"), precision="int8")
    table, _ = collect(
        Plan(items=items, anchors=items[:1]),
        device=device,
        space=tiny_space,
        folder=tmp_path,
        protocol=PROTOCOL,
        batch=2,
    )
    assert table.failed == ()
    assert {(row.precision, row.batch, row.threads) for row in table.rows} == {("int8", 2, 1)}
    assert {row.weight_bytes for row in table.rows} == {item.weights for item in items}  # one byte each
    assert (table.manifest.precision, table.manifest.batch, table.manifest.threads) == ("int8", 2, 1)
    assert "static QDQ, uint8 activations" in table.manifest.exporter

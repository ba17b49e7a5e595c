"""Rivals measured on this machine, killed and gone on."""

from collections.abc import Callable
from pathlib import Path

import pytest

from nas.collecting.places.here import collect
from nas.devices import Device, find_device
from nas.errors import UserError
from nas.measuring.plan import Plan
from nas.measuring.runner.journal import Journal
from nas.measuring.runner.protocol import MeasuringProtocol
from nas.rivals.catalogue import ZooModel
from nas.rivals.measure import export_ahead, exports_folder
from nas.rivals.plan import RivalSet, traced_plan
from predictors import LatencyTable

PROTOCOL = MeasuringProtocol(rounds=2, extra_rounds=0, visit_ms=1, warm_up_ms=1, max_warm_up_ms=5)


def measure_rivals(
    plan: Plan, device: Device, folder: Path, on_step: Callable[[int, int], None] = lambda done, total: None
) -> tuple[LatencyTable, int]:
    models = exports_folder(folder, device)
    return collect(
        plan,
        device=device,
        space=RivalSet(),
        folder=folder,
        protocol=PROTOCOL,
        models=models,
        on_step=on_step,
    )


def test_interrupted_measuring_goes_on_with_the_exports_of_before(zoo: tuple[ZooModel, ...], tmp_path: Path) -> None:
    plan, _ = traced_plan(zoo, [], passes=1)
    device = find_device("cpu")
    assert export_ahead(plan, device=device, folder=tmp_path) == {}
    graphs = sorted(exports_folder(tmp_path, device).glob("*.onnx"))
    before = [(path.name, path.stat().st_mtime_ns) for path in graphs]
    assert len(before) == 2

    class KilledError(Exception):
        pass

    def kill(done: int, total: int) -> None:
        if done == total - 2:
            raise KilledError

    with pytest.raises(KilledError):
        measure_rivals(plan, device, tmp_path, kill)
    kept = (tmp_path / "raw.jsonl").read_bytes()
    table, made = measure_rivals(plan, device, tmp_path)
    assert made > 0
    assert (tmp_path / "raw.jsonl").read_bytes().startswith(kept)
    visits = [(visit.group, visit.round, visit.model) for visit in Journal(tmp_path / "raw.jsonl", None).visits]
    assert len(visits) == len(set(visits)) == 4
    assert [(path.name, path.stat().st_mtime_ns) for path in graphs] == before
    assert measure_rivals(plan, device, tmp_path) == (table, 0)


def test_a_torch_device_measures_them_too(zoo: tuple[ZooModel, ...], tmp_path: Path) -> None:
    plan, _ = traced_plan(zoo[:1], [], passes=1)
    device = Device(name="eager", runtime="torch", local=True)
    table, _ = measure_rivals(plan, device, tmp_path)
    assert [row.kind for row in table.rows] == ["reference"]
    with pytest.raises(UserError, match="nothing to export"):
        export_ahead(plan, device=device, folder=tmp_path)

"""Measuring on a farm: a real Ray cluster on this machine whose node carries the device."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nas.collecting.places.on_ray import measure_on_farm
from nas.collecting.places.results import import_results
from nas.devices import Device
from nas.errors import UserError
from nas.measuring.plan import Plan
from nas.measuring.runner.journal import Journal

ray = pytest.importorskip("ray", reason="needs the extra: pip install 'efficientvit-nas[ray]'")
pytestmark = pytest.mark.filterwarnings("ignore")  # Ray's own


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    ray.init(
        num_cpus=1,
        resources={"device:my-board": 1, "device:other": 1},
        include_dashboard=False,
        log_to_driver=False,
        configure_logging=False,
        object_store_memory=100_000_000,
    )
    yield
    ray.shutdown()


def test_a_farm_fills_one_table_and_goes_on(
    cluster: None, archive: Path, plan: Plan, board: Device, tmp_path: Path
) -> None:
    steps = list[tuple[int, int]]()
    found = measure_on_farm(archive, device=board, folder=tmp_path, on_step=lambda *step: steps.append(step))
    table, new = import_results(found, device=board, folder=tmp_path, bundle=archive, mixed=True)
    assert {row.row_id for row in table.rows} == {f"{item.kind}-{item.key}" for item in plan.items}
    journal = Journal(found, None, repair=False)
    assert len({(v.model, v.group, v.round) for v in journal.visits}) == len(journal.visits) == new
    assert journal.finished == set(range(len(plan.groups)))
    assert steps == [(done, len(plan.groups)) for done in range(len(plan.groups) + 1)]
    before = found.read_bytes()
    measure_on_farm(archive, device=board, folder=tmp_path)
    assert found.read_bytes() == before


def test_a_device_that_no_node_carries_is_named(cluster: None, archive: Path, tmp_path: Path) -> None:
    stranger = Device(name="toaster", runtime="onnxruntime")
    with pytest.raises(UserError, match=r"'device:toaster'; there: device:my-board, device:other"):
        measure_on_farm(archive, device=stranger, folder=tmp_path)

"""Two of the smallest models of timm as a measured table."""

from pathlib import Path

import pytest

from nas.collecting.places.here import collect
from nas.devices import find_device
from nas.measuring.runner.protocol import MeasuringProtocol
from nas.rivals.catalogue import ZooModel
from nas.rivals.measure import busiest_blocks
from nas.rivals.plan import RivalSet, traced_plan
from nas.rivals.table import store
from predictors import LatencyTable
from search_space import ArchConfig, published

PROTOCOL = MeasuringProtocol(rounds=2, extra_rounds=0, visit_ms=1, warm_up_ms=1, max_warm_up_ms=5)


@pytest.fixture(scope="session")
def own() -> ArchConfig:
    """One of our published networks."""
    return published("mit-b0")


@pytest.fixture(scope="session")
def measured(zoo: tuple[ZooModel, ...], own: ArchConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the measured table of all three, as `nas rivals` leaves it, and beside it the data folder."""
    root = tmp_path_factory.mktemp("rivals")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NAS_HOME", str(root / "home"))
        plan, failed = traced_plan(zoo, [own], passes=1)
        assert failed == {}
        table, _ = collect(
            plan, device=find_device("cpu"), space=RivalSet(), folder=root / "table", protocol=PROTOCOL
        )
        store(table, folder=root / "table", busiest=busiest_blocks(table))
    return root


@pytest.fixture
def table(measured: Path) -> LatencyTable:
    """The table."""
    return LatencyTable.load(measured / "table")

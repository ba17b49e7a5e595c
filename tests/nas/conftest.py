"""A board, a bundle for it and what its runner left, made once."""

import subprocess
import sys
from pathlib import Path

import pytest

from nas.bundle.runner import MeasuringProtocol, unpack
from nas.bundle.write import write_bundle
from nas.devices import Device
from nas.plan import Plan
from nas.sampling import make_plan
from search_space import SearchSpace

PROTOCOL = MeasuringProtocol(rounds=2, extra_rounds=1, visit_ms=1, warm_up_ms=1, max_warm_up_ms=5)


@pytest.fixture(scope="session")
def board() -> Device:
    """A device that is not this machine."""
    return Device(name="my-board", description="a board", runtime="onnxruntime", precision="fp32", batch=1)


@pytest.fixture(scope="session")
def plan(tiny_space: SearchSpace) -> Plan:
    """Enough networks that units can be told."""
    return make_plan(tiny_space, networks=5, blocks=2, seed=0)


@pytest.fixture(scope="session")
def archive(plan: Plan, tiny_space: SearchSpace, board: Device, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle."""
    path = tmp_path_factory.mktemp("bundle") / "my-board.zip"
    report = write_bundle(plan, device=board, space=tiny_space, protocol=PROTOCOL, path=path)
    assert report.models == len(plan.items)
    assert report.failed == {}
    assert [found.name for found in path.parent.iterdir()] == ["my-board.zip"]
    return path


@pytest.fixture(scope="session")
def measured(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked bundle after its runner has run, with nothing of ours to import."""
    folder = tmp_path_factory.mktemp("board") / "bundle"
    unpack(archive, folder)
    command = [sys.executable, "-I", "runner.py"]
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.splitlines()[-1].startswith("done: ")
    return folder

"""One finished run, and ways to change a copy of it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nas.commands.report import keep_for_report
from nas.devices import find_device
from nas.search.config import SearchConfig
from nas.search.judge import PriorJudge
from nas.search.run import run_search
from predictors import calibrated_predictor
from search_space import named_space

Change = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small search that nobody changes."""
    return searched(tmp_path_factory.mktemp("finished"))


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small search for two devices."""
    return searched(tmp_path_factory.mktemp("fleet"), further=(("jetson-nano", 20.0),), fleet=True)


def searched(folder: Path, **changes: Any) -> Path:
    """A run of 100 trials, with what the report wants kept."""
    latency = calibrated_predictor("jetson-agx-orin")
    config = SearchConfig(
        device="jetson-agx-orin", space="efficientvit", budget_ms=10.0, trials=100, population=20, **changes
    )
    result = run_search(
        config,
        space=named_space("efficientvit"),
        device=find_device("jetson"),
        latency=latency,
        accuracy=PriorJudge(),
        folder=folder,
        further=[(find_device(name), calibrated_predictor(name)) for name, _ in config.further],
    )
    keep_for_report(result, latency, write=False)
    return folder


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    """A copy to change."""
    return shutil.copytree(finished, tmp_path / "run")


@pytest.fixture
def change(run: Path) -> Callable[[Change], Path]:
    """Rewrites `front.json` of the copy."""

    def apply(edit: Change) -> Path:
        path = run / "front.json"
        result = json.loads(path.read_text())
        edit(result)
        path.write_text(json.dumps(result))
        return run

    return apply

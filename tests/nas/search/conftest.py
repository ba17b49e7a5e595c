"""A supernet of digits, trained for two steps, and searches on copies of it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from nas.commands.train import train_command
from nas.devices import find_device
from nas.search.engines import EngineConfig
from nas.search.judge import SupernetJudge
from nas.search.run import SearchConfig, SearchResult, run_search
from predictors import analytic_predictors

DEVICE = "raspberry-pi-5"
Search = Callable[..., SearchResult]


@pytest.fixture(scope="session")
def supernet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trained") / "supernet"
    train_command(
        space_name="digits",
        data_name="digits",
        out=out,
        config={"recipe": "single-path", "passes": 2},
        resolutions=None,
        init=None,
        save_every=60,
        workers=None,
        address=None,
        as_json=True,
    )
    return out


def judge_in(folder: Path, supernet: Path) -> SupernetJudge:
    """A judge whose evaluations are kept in `folder` alone."""
    if not (folder / "supernet").exists():
        shutil.copytree(supernet, folder / "supernet")
    return SupernetJudge(folder / "supernet")


def config(judge: SupernetJudge, **changes: object) -> SearchConfig:
    """A search of three batches."""
    values = {"device": DEVICE, "space": judge.supernet.space.name, "budget_ms": 0.4, "trials": 28}
    return SearchConfig(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def search(supernet: Path) -> Search:
    def run(folder: Path, engine: EngineConfig, on_trials: Callable[[int], None] = lambda _: None) -> SearchResult:
        folder.mkdir(exist_ok=True)
        judge = judge_in(folder, supernet)
        return run_search(
            config(judge),
            space=judge.supernet.space,
            device=find_device(DEVICE),
            latency=analytic_predictors()[DEVICE],
            accuracy=judge,
            folder=folder / "run",
            on_trials=on_trials,
            engine=engine,
        )

    return run


@pytest.fixture(scope="session")
def alone(search: Search, tmp_path_factory: pytest.TempPathFactory) -> SearchResult:
    """The search by one process."""
    return search(tmp_path_factory.mktemp("alone"), EngineConfig())

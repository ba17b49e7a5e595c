"""Judged networks; a supernet of digits, trained for two steps, and searches on copies of it."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from nas.search.config import SearchConfig
from nas.search.engines import EngineConfig
from nas.search.judge import Accuracy, Candidate, SupernetJudge, TargetLatency
from nas.search.networks import OtherNetwork
from nas.search.outcome import SearchResult
from nas.search.prepare import prepare
from nas.search.run import run_search
from nas.search.targets import Target
from predictors import analytic_predictors
from search_space import ArchConfig, named_space, published

DEVICE = "raspberry-pi-5"
Search = Callable[..., SearchResult]
Judged = Callable[..., Candidate]


DATA = "fractals:classes=2,per_class=32,test_per_class=20,size=32"  # few images: an evaluation takes milliseconds


@pytest.fixture(scope="session")
def supernet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from supernet import TrainConfig, load_dataset, train

    out, data = tmp_path_factory.mktemp("trained") / "supernet", load_dataset(DATA)
    space = named_space("digits").for_data(classes=data.classes, in_channels=data.channels)
    train(space, data, out, TrainConfig(recipe="single-path", passes=2), probes=0)
    return out


def judge_in(folder: Path, supernet: Path) -> SupernetJudge:
    """A judge whose evaluations are kept in `folder` alone."""
    if not (folder / "supernet").exists():
        shutil.copytree(supernet, folder / "supernet")
    return SupernetJudge(folder / "supernet")


def config(judge: SupernetJudge, **changes: object) -> SearchConfig:
    """A search of two batches."""
    values = {"targets": (Target(device=DEVICE, budget_ms=0.4),), "accuracy": judge, "space": judge.supernet.space}
    values |= {"latency": analytic_predictors()[DEVICE], "trials": 20}
    return SearchConfig(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def search(supernet: Path) -> Search:
    def run(folder: Path, engine: EngineConfig, on_trials: Callable[[int], None] = lambda _: None) -> SearchResult:
        folder.mkdir(exist_ok=True)
        judge = judge_in(folder, supernet)
        prepared = replace(prepare(config(judge, out=folder / "run")), engine=engine)
        return run_search(prepared, on_trials=on_trials)

    return run


@pytest.fixture(scope="session")
def alone(search: Search, tmp_path_factory: pytest.TempPathFactory) -> SearchResult:
    """The search by one process."""
    return search(tmp_path_factory.mktemp("alone"), EngineConfig())


@pytest.fixture(scope="session")
def candidate() -> Judged:
    """Gives a network, mit-b0 unless named, the latencies `ms` and the score `top1`, known to `half` an interval."""

    def make(
        top1: float, *ms: float, network: str | ArchConfig = "mit-b0", half: float = 0.0, origin: str = "measured"
    ) -> Candidate:
        return Candidate(
            network=published(network) if isinstance(network, str) else network,
            accuracy=Accuracy(value=top1, low=top1 - half, high=top1 + half, origin=origin),
            latencies=tuple(
                TargetLatency(p50_ms=each, low_ms=each, high_ms=each, origin="calibrated") for each in ms
            ),
        )

    return make


@dataclass(frozen=True, kw_only=True)
class Other:
    """A network of another library."""

    arch_id: str = "0123456789abcdef"
    name: str = "tinynet.in1k"
    family: str = "tinynet"
    resolution: tuple[int, int] = (192, 192)
    parameters: int = 2_000_000
    macs: int = 100_000_000
    memory_mb: float | None = 10.0


@pytest.fixture(scope="session")
def other() -> OtherNetwork:
    """A network of which only figures are known."""
    return Other()

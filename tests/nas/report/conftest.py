"""One finished run, and ways to change a copy of it."""

import json
import math
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nas.commands.report import keep_for_report
from nas.measuring.estimate import Estimate
from nas.search.config import SearchConfig
from nas.search.known import Known
from nas.search.prepare import prepare
from nas.search.rounds import Measure
from nas.search.run import run_search
from nas.search.targets import Target
from predictors import calibrated_predictor
from search_space import ArchConfig

Change = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small search that nobody changes."""
    return searched(tmp_path_factory.mktemp("finished"))


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small search for two devices."""
    return searched(tmp_path_factory.mktemp("fleet"), nano_ms=20.0, fleet=True)


@pytest.fixture(scope="session")
def verified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small search whose front was measured in rounds, on a device that is slower than predicted."""

    def measure(archs: Sequence[ArchConfig]) -> Mapping[str, Estimate]:
        predicted = calibrated_predictor("jetson-agx-orin").predict(archs, confidence=0.5).p50_ms
        odd = [math.exp(0.8 + 0.1 * math.sin(int(arch.arch_id, 16) % 1000)) for arch in archs]
        return {a.arch_id: _estimate(ms * factor) for a, ms, factor in zip(archs, predicted, odd, strict=True)}

    return searched(tmp_path_factory.mktemp("verified"), measure=measure, rounds=3)


def _estimate(ms: float) -> Estimate:
    return Estimate(
        p50_ms=ms,
        ci_lo_ms=0.98 * ms,
        ci_hi_ms=1.02 * ms,
        half_a_ms=ms,
        half_b_ms=ms,
        quantiles_ms={f"p{q}_ms": ms for q in (10, 25, 75, 90, 99)},
        mean_ms=ms,
        mad_ms=0.0,
        cv=0.0,
        n_rounds=8,
        n_runs=80,
        n_dropped=0,
    )


def searched(folder: Path, measure: Measure | None = None, nano_ms: float | None = None, **changes: Any) -> Path:
    """A run of 100 trials, with what the report wants kept."""
    targets = [Target(device="jetson-agx-orin", budget_ms=10.0)]
    if nano_ms is not None:
        targets.append(Target(device="jetson-nano", budget_ms=nano_ms))
    config = SearchConfig(
        targets=tuple(targets), space="efficientvit", trials=100, population=20, out=folder, **changes
    )
    prepared = replace(prepare(config), known=Known())
    result = run_search(prepared, measure=measure)
    keep_for_report(result, prepared.targets[0].latency, write=False)
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

"""One search from budget to front: feasibility, study, front, measured latencies, results folder."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nas.devices import Device
from nas.errors import BudgetError, UserError
from nas.files import hold, make_folder, write_text
from nas.search.algorithms import ALGORITHMS
from nas.search.feasibility import fastest
from nas.search.judge import AccuracyJudge, Candidate, Judge
from nas.search.results import front_of, row, write_archs, write_results
from nas.search.study import run_study
from nas.units import format_ms
from predictors import LatencyPredictor
from search_space import ArchConfig, SearchSpace

Measure = Callable[[Sequence[ArchConfig]], dict[str, float]]  # arch_id -> measured median latency, ms


@dataclass(frozen=True, kw_only=True)
class SearchConfig:
    """What a search was asked for; two runs with the same values give the same front."""

    device: str
    space: str
    budget_ms: float
    confidence: float = 0.9
    algorithm: str = "nsga2"
    trials: int = 2000
    population: int = 50
    seed: int = 0
    latency: str = ""  # which predictor: its description
    accuracy: str = ""  # which judge: its description

    def __post_init__(self) -> None:
        if self.algorithm not in ALGORITHMS:
            raise UserError(f"unknown algorithm {self.algorithm!r}; known: {', '.join(ALGORITHMS)}")
        if not 0 < self.confidence < 1:
            raise UserError(f"--confidence must lie between 0 and 1, got {self.confidence}")
        for name in ("trials", "population"):
            if getattr(self, name) < 2:
                raise UserError(f"--{name} must be at least 2, got {getattr(self, name)}")

    @property
    def digest(self) -> str:
        """8 hexadecimal digits that identify these settings."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:8]

    @property
    def default_name(self) -> str:
        """Folder name under `results/search`."""
        return f"{self.device}-{self.space}-{self.budget_ms:g}ms-{self.digest}"


@dataclass(frozen=True, kw_only=True)
class SearchResult:
    """The front (fastest first), the best under the budget, and the published models under the same judge."""

    folder: Path
    front: list[Candidate]
    best: Candidate
    published: list[Candidate]
    front_rows: list[dict[str, Any]]
    published_rows: list[dict[str, Any]]


def check_feasible(
    space: SearchSpace, latency: LatencyPredictor, device: Device, *, budget_ms: float, confidence: float
) -> ArchConfig:
    """The fastest member.

    Raises:
        BudgetError: even that member exceeds the budget; names it and the nearest budget that can be met.
    """
    arch, high_ms = fastest(space, latency, confidence)
    if not high_ms <= budget_ms:
        nearest = _round_up(high_ms)
        raise BudgetError(
            f"budget {format_ms(budget_ms)} cannot be met on {device.name} in space {space.name}: the fastest "
            f"architecture, {arch.arch_id}, takes up to {format_ms(high_ms)} at {confidence:.0%} confidence; "
            f"nearest budget that can be met: {nearest:g}ms"
        )
    return arch


def run_search(
    config: SearchConfig,
    *,
    space: SearchSpace,
    device: Device,
    latency: LatencyPredictor,
    accuracy: AccuracyJudge,
    folder: Path,
    on_trials: Callable[[int], None] = lambda _done: None,
    measure: Measure | None = None,
) -> SearchResult:
    """Search `space` and write the results to `folder`; the same call on the same folder goes on where it stopped.

    Raises:
        BudgetError: the budget cannot be met.
        UserError: the folder cannot be written or holds another search.
    """
    with hold(make_folder(folder)):
        first = [check_feasible(space, latency, device, budget_ms=config.budget_ms, confidence=config.confidence)]
        first += [space.smallest(), space.largest()]
        members = list(space.published_members.values())
        _claim(folder, config)
        judge = Judge(accuracy, latency, config.confidence)
        references = judge(members)
        run_study(
            space,
            judge,
            storage=folder / "study.journal",
            budget_ms=config.budget_ms,
            first=[*members, *first],
            algorithm=config.algorithm,
            trials=config.trials,
            population=config.population,
            seed=config.seed,
            on_trials=on_trials,
        )
        front = front_of(judge.judged, config.budget_ms)
        best = max(front, key=lambda candidate: (candidate.accuracy.judged, -candidate.latency_high_ms))
        write_archs(folder, front)
        measured = measure([candidate.arch for candidate in front]) if measure else {}
        names = {arch.arch_id for arch in members}
        front_rows = [
            row(
                candidate,
                is_published=candidate.arch.arch_id in names,
                measured_ms=measured.get(candidate.arch.arch_id),
            )
            for candidate in front
        ]
        published_rows = [row(candidate, is_published=True) for candidate in references]
        summary = {
            **asdict(config),
            "best": best.arch.arch_id,
            "latency_origin": best.latency_origin,
            "accuracy_origin": best.accuracy.origin,
        }
        write_results(folder, front_rows, published_rows, summary)
        return SearchResult(
            folder=folder,
            front=front,
            best=best,
            published=references,
            front_rows=front_rows,
            published_rows=published_rows,
        )


def _claim(folder: Path, config: SearchConfig) -> None:
    """Write `config.json`, or check that the folder holds this very search."""
    path, wanted = folder / "config.json", asdict(config)
    if not path.exists():
        write_text(path, json.dumps(wanted, indent=2, sort_keys=True) + "\n")
        return
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise UserError(f"{path} is not JSON; delete the folder or choose another --out") from None
    differing = [key for key in wanted if not isinstance(found, dict) or found.get(key) != wanted[key]]
    if differing:
        raise UserError(f"{folder} holds another search (differs in {', '.join(differing)}); choose another --out")


def _round_up(value: float) -> float:
    """The next number with three significant digits."""
    from math import ceil, floor, log10

    digit = 10.0 ** (floor(log10(value)) - 2)
    return ceil(value / digit) * digit

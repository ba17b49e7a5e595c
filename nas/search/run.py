"""One search from budget to front: feasibility, study, front, measured latencies, results folder."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nas.devices import Device
from nas.errors import BudgetError, UserError
from nas.files import hold, make_folder, write_text
from nas.search.algorithms import PARETO, check_algorithm
from nas.search.arrays import array_judge, judged_of
from nas.search.evolve import run_evolution
from nas.search.feasibility import fastest, rounded_up
from nas.search.goals import Goals
from nas.search.judge import AccuracyJudge, Candidate, Judge
from nas.search.pareto import ParetoEvolution
from nas.search.progress import Progress
from nas.search.results import front_of, row, write_archs, write_results
from nas.search.study import run_study
from nas.units import format_ms
from predictors import LatencyPredictor
from search_space import ArchConfig, Canonical, SearchSpace

Measure = Callable[[Sequence[ArchConfig]], dict[str, float]]  # arch_id -> measured median latency, ms


@dataclass(frozen=True, kw_only=True)
class SearchConfig:
    """What a search was asked for; two runs with the same values give the same front.

    `further` are budgets in ms on more devices, by name.
    """

    device: str
    space: str
    budget_ms: float
    confidence: float = 0.9
    algorithm: str = PARETO
    trials: int = 2000
    population: int = 50
    seed: int = 0
    latency: str = ""  # which predictor: its description
    accuracy: str = ""  # which judge: its description
    further: tuple[tuple[str, float], ...] = ()
    max_parameters: int | None = None
    max_macs: int | None = None
    max_memory_mb: float | None = None

    def __post_init__(self) -> None:
        check_algorithm(self.algorithm)
        names = [self.device, *(name for name, _ in self.further)]
        if len(set(names)) < len(names):
            raise UserError(f"every --device needs to be another one, got {', '.join(names)}")
        if not 0 < self.confidence < 1:
            raise UserError(f"--confidence must lie between 0 and 1, got {self.confidence}")
        for name in ("trials", "population"):
            if getattr(self, name) < 2:
                raise UserError(f"--{name} must be at least 2, got {getattr(self, name)}")

    @property
    def goals(self) -> Goals:
        """Budgets and limits."""
        return Goals(
            budgets_ms=(self.budget_ms, *(budget for _, budget in self.further)),
            max_parameters=self.max_parameters,
            max_macs=self.max_macs,
            max_memory_mb=self.max_memory_mb,
        )

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
        raise BudgetError(
            f"budget {format_ms(budget_ms)} cannot be met on {device.name} in space {space.name}: the fastest "
            f"architecture, {arch.arch_id}, takes up to {format_ms(high_ms)} at {confidence:.0%} confidence; "
            f"nearest budget that can be met: {rounded_up(high_ms):g}ms"
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
    further: Sequence[tuple[Device, LatencyPredictor]] = (),
    on_trials: Callable[[int], None] = lambda _done: None,
    measure: Measure | None = None,
) -> SearchResult:
    """Search `space` and write the results to `folder`; the same call on the same folder goes on where it stopped.

    `further` are the devices of `config.further` with their predictors, in that order.

    Raises:
        BudgetError: a budget or a limit cannot be met.
        UserError: the folder cannot be written or holds another search.
    """
    with hold(make_folder(folder)):
        targets = [(device, latency, config.budget_ms)]
        targets += [(*each, budget) for each, (_, budget) in zip(further, config.further, strict=True)]
        first = [
            check_feasible(space, predictor, each, budget_ms=budget, confidence=config.confidence)
            for each, predictor, budget in targets
        ]
        first += [space.smallest(), space.largest()]
        members = list(space.published_members.values())
        _claim(folder, config)
        judge = Judge(accuracy, latency, config.confidence, [predictor for _, predictor in further])
        found = _search(space, judge, config, [*members, *first], folder=folder, on_trials=on_trials)
        front = front_of(judge([*members, *first, *found]), config.goals)
        if not front:
            raise BudgetError(f"no network of space {space.name} was found that keeps every budget and limit at once")
        best = max(front, key=lambda candidate: (candidate.accuracy.judged, -candidate.latency_high_ms))
        write_archs(folder, front)
        measured = measure([candidate.arch for candidate in front]) if measure else {}
        names, others = {arch.arch_id for arch in members}, [name for name, _ in config.further]
        front_rows = [
            row(
                candidate,
                is_published=candidate.arch.arch_id in names,
                measured_ms=measured.get(candidate.arch.arch_id),
                further=others,
            )
            for candidate in front
        ]
        references = judge(members)
        published_rows = [row(candidate, is_published=True, further=others) for candidate in references]
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


def _search(
    space: SearchSpace,
    judge: Judge,
    config: SearchConfig,
    first: Sequence[ArchConfig],
    *,
    folder: Path,
    on_trials: Callable[[int], None],
) -> list[ArchConfig]:
    """The networks on the front of everything tried, in the order of their first objective."""
    goals, storage = config.goals, folder / "study.journal"
    seeds = list(dict.fromkeys(space.encode(arch) for arch in first))[: config.trials]
    reference = judged_of(list(first), judge, goals).objectives[:, 0].max()
    progress = Progress(reference=np.array([reference, *goals.budgets_ms]), trials=config.trials, on_trials=on_trials)
    arrays = array_judge(space, judge, goals)
    evolution = ParetoEvolution(
        [len(gene.choices) for gene in space.genes],
        np.random.default_rng(config.seed),
        population=config.population,
        canonical=Canonical.build(space),
        seeds=seeds,
    )
    if config.algorithm == PARETO:
        run_evolution(space, arrays, evolution, progress, storage=storage, batch=config.population)
    else:
        run_study(
            space,
            arrays,
            evolution,
            progress,
            storage=storage,
            first=seeds,
            algorithm=config.algorithm,
            population=config.population,
            seed=config.seed,
        )
    progress.write(folder / "hypervolume.csv")
    if evolution.front is None:
        return []
    order = np.lexsort(evolution.front.objectives.T[::-1])
    return [space.decode(row) for row in evolution.front.genotypes[order].tolist()]


def _claim(folder: Path, config: SearchConfig) -> None:
    """Write `config.json`, or check that the folder holds this very search."""
    path, wanted = folder / "config.json", json.loads(json.dumps(asdict(config)))
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

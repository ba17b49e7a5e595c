"""One search from budget to front: feasibility, study, front, measured latencies, results folder."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from nas.devices import Device
from nas.errors import BudgetError, UserError
from nas.files import hold, make_folder, write_text
from nas.search.algorithms import PARETO, check_algorithm
from nas.search.arrays import array_judge, cheap_judge, judged_of
from nas.search.baselines import Baseline, baselines
from nas.search.engines import EngineConfig, opened
from nas.search.evolve import run_evolution
from nas.search.feasibility import fastest, rounded_up
from nas.search.fleet import fleet_report
from nas.search.goals import Goals
from nas.search.guided import GuidedEvolution
from nas.search.judge import AccuracyJudge, Candidate, Judge
from nas.search.pareto import ParetoEvolution
from nas.search.progress import Progress
from nas.search.results import front_of, row, write_archs, write_results
from nas.search.study import run_study
from nas.units import format_ms
from predictors import LatencyPredictor
from search_space import ArchConfig, Canonical, SearchSpace

GUIDED_BATCH = 8  # evaluations between two fits of the model
PATIENCE = 80  # evaluations without growth of the front after which a guided search ends
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
    batch: int = GUIDED_BATCH  # evaluations between two fits of the model in the loop
    latency: str = ""  # which predictor: its description
    accuracy: str = ""  # which judge: its description
    further: tuple[tuple[str, float], ...] = ()
    max_parameters: int | None = None
    max_macs: int | None = None
    max_memory_mb: float | None = None
    fleet: bool = False  # networks for any of the devices, not for all at once

    def __post_init__(self) -> None:
        check_algorithm(self.algorithm)
        names = [self.device, *(name for name, _ in self.further)]
        if len(set(names)) < len(names):
            raise UserError(f"every --device needs to be another one, got {', '.join(names)}")
        if not 0 < self.confidence < 1:
            raise UserError(f"--confidence must lie between 0 and 1, got {self.confidence}")
        for name in ("trials", "population", "batch"):
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
            any_device=self.fleet,
        )

    @property
    def digest(self) -> str:
        """8 hexadecimal digits that identify these settings; the batch goes with the workers at hand."""
        settings = {key: value for key, value in asdict(self).items() if key != "batch"}
        return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:8]

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
    baselines: list[Baseline]
    verification: "list[Verified]"
    fleet: dict[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class Verified:
    """A network that a model chose: accuracy in percent that was predicted, and then found."""

    arch_id: str
    predicted: float
    found: float


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
    engine: EngineConfig = EngineConfig(),
) -> SearchResult:
    """Search `space` and write the results to `folder`; the same call on the same folder goes on where it stopped.

    `further` are the devices of `config.further` with their predictors, in that order. The `engine` decides who
    evaluates, and nothing of what is found.

    Raises:
        BudgetError: a budget or a limit cannot be met.
        UserError: the folder cannot be written or holds another search.
    """
    claimed = hold(make_folder(folder), hint="wait, stop it, or help it with --join")
    with claimed, opened(engine, accuracy, space=space, folder=folder) as accuracy:
        targets = [(device, latency, config.budget_ms)]
        targets += [(*each, budget) for each, (_, budget) in zip(further, config.further, strict=True)]
        first = [
            check_feasible(space, predictor, each, budget_ms=budget, confidence=config.confidence)
            for each, predictor, budget in targets
        ]
        first += [space.smallest(), space.largest()]
        members = list(space.published_members.values())
        config = claim(folder, config)
        judge = Judge(accuracy, latency, config.confidence, [predictor for _, predictor in further])
        found, verified = _search(space, judge, config, [*members, *first], folder=folder, on_trials=on_trials)
        front = front_of(judge([*members, *first, *found]), config.goals)
        if not front:
            raise BudgetError(f"no network of space {space.name} was found that keeps every budget and limit at once")
        best = max(front, key=lambda each: (_served(each, config), each.accuracy.judged, -each.latency_high_ms))
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
        beaten = baselines(space, judge, replace(config.goals, any_device=False), seed=config.seed)
        fleet = fleet_report(front, [config.device, *others], config.goals.budgets_ms) if others else None
        if fleet is not None:
            write_text(folder / "fleet.json", json.dumps(fleet, indent=2, sort_keys=True) + "\n")
        summary = {
            **asdict(config),
            "baselines": [_baseline_row(each, best) for each in beaten],
            "verification": [asdict(each) for each in verified],
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
            baselines=beaten,
            verification=verified,
            fleet=fleet,
        )


def _served(candidate: Candidate, config: SearchConfig) -> int:
    """On how many devices the candidate keeps the budget."""
    return sum(ms <= budget for ms, budget in zip(candidate.latencies_ms, config.goals.budgets_ms, strict=True))


def _baseline_row(baseline: Baseline, found: Candidate) -> dict[str, Any]:
    row: dict[str, Any] = {"name": baseline.name, "tried": baseline.tried, "accuracy": None, "gain_points": None}
    if baseline.best is not None:
        points, evidence = baseline.gain(found)
        row |= {
            "arch_id": baseline.best.arch.arch_id,
            "accuracy": round(baseline.best.accuracy.value, 3),
            "latency_high_ms": round(baseline.best.latency_high_ms, 5),
            "gain_points": round(points, 3),
            "evidence_of_gain": evidence,
        }
    return row


def _search(
    space: SearchSpace,
    judge: Judge,
    config: SearchConfig,
    first: Sequence[ArchConfig],
    *,
    folder: Path,
    on_trials: Callable[[int], None],
) -> tuple[list[ArchConfig], list[Verified]]:
    """The networks on the front of everything tried, and what a model predicted of those it chose.

    An accuracy that costs an evaluation is searched with a model in the loop, so that every network on the front was
    evaluated.
    """
    goals, storage = config.goals, folder / "study.journal"
    seeds = list(dict.fromkeys(space.encode(arch) for arch in first))[: config.trials]
    reference = np.array([judged_of(list(first), judge, goals).objectives[:, 0].max(), *goals.budgets_ms])
    progress = Progress(reference=reference, trials=config.trials, on_trials=on_trials)
    arrays, canonical = array_judge(space, judge, goals), Canonical.build(space)
    evolution = ParetoEvolution(
        [len(gene.choices) for gene in space.genes],
        np.random.default_rng(config.seed),
        population=config.population,
        canonical=canonical,
        seeds=seeds,
    )
    verified: list[Verified] = []
    if config.algorithm != PARETO:
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
    elif judge.accuracy.cheap:
        run_evolution(space, arrays, evolution, progress, storage=storage, batch=config.population)
    else:
        cheap = cheap_judge(space, judge, goals)
        guided = GuidedEvolution(tracker=evolution, cheap=cheap, reference=reference.tolist(), canonical=canonical)
        run_evolution(space, arrays, guided, progress, storage=storage, batch=config.batch, patience=PATIENCE)
        verified = [
            Verified(arch_id=space.decode(genotype).arch_id, predicted=100 - predicted, found=100 - found)
            for genotype, predicted, found in guided.verification()
        ]
    progress.write(folder / "hypervolume.csv")
    if evolution.front is None:
        return [], verified
    order = np.lexsort(evolution.front.objectives.T[::-1])
    return [space.decode(row) for row in evolution.front.genotypes[order].tolist()], verified


def claim(folder: Path, config: SearchConfig) -> SearchConfig:
    """Write `config.json`, or check that the folder holds this very search; with the batch that it was begun with."""
    path, wanted = folder / "config.json", json.loads(json.dumps(asdict(config)))
    if not path.exists():
        write_text(path, json.dumps(wanted, indent=2, sort_keys=True) + "\n")
        return config
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise UserError(f"{path} is not JSON; delete the folder or choose another --out") from None
    keys = wanted.keys() - {"batch"}
    differing = [key for key in sorted(keys) if not isinstance(found, dict) or found.get(key) != wanted[key]]
    if differing:
        raise UserError(f"{folder} holds another search (differs in {', '.join(differing)}); choose another --out")
    return replace(config, batch=int(found.get("batch", config.batch)))

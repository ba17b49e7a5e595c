"""A search as its user asks for it, in text, and all that it needs in order to run."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nas.devices import Device
from nas.errors import UserError
from nas.search.config import GUIDED_BATCH, SearchConfig
from nas.search.engines import EngineConfig
from nas.search.feasibility import feasible_spaces
from nas.search.judge import PriorJudge, SupernetJudge
from nas.search.known import Known
from nas.search.rounds import DEFAULT_ROUNDS
from nas.search.setup import (
    accuracy_judge,
    count_of,
    is_measured,
    known_networks,
    space_names,
    spaces_of,
    targets_of,
    trials_of,
)
from nas.units import parse_budget, parse_memory
from predictors import LatencyPredictor
from search_space import SearchSpace


@dataclass(frozen=True, kw_only=True)
class SearchRequest:
    """The options of `nas search`; devices and budgets in pairs, `space` several names joined by `+`.

    Without a space it is the supernet's; without a supernet, all spaces that have published members.
    """

    devices: Sequence[str]
    budgets: Sequence[str]
    space: str | None = None
    confidence: float = 0.9
    supernet: Path | None = None
    data: str | None = None
    predictor: Path | None = None
    trials: int | None = None
    evaluations: int | None = None
    algorithm: str = "pareto"
    max_params: str | None = None
    max_macs: str | None = None
    max_memory: str | None = None
    fleet: bool = False
    objectives: Sequence[str] = ()
    rounds: int = DEFAULT_ROUNDS
    warm: bool = True
    seed: int = 0
    out: Path | None = None
    measure: bool | None = None
    rivals: bool = True
    engine: str = "local"
    workers: int | None = None
    address: str | None = None

    def __post_init__(self) -> None:
        if len(self.devices) != len(self.budgets):
            raise UserError(f"every --device needs its --budget, got {len(self.devices)} and {len(self.budgets)}")
        if self.fleet and len(self.devices) < 2:
            raise UserError("--fleet needs several devices: --device A --budget 10ms --device B --budget 40ms")


@dataclass(frozen=True, kw_only=True)
class PreparedSearch:
    """What `run_search` takes, and whether the front will be measured; `weights` are those of the supernet."""

    config: SearchConfig
    spaces: tuple[SearchSpace, ...]
    targets: tuple[tuple[Device, LatencyPredictor], ...]
    accuracy: PriorJudge | SupernetJudge
    known: Known
    folder: Path
    measured: bool
    engine: EngineConfig


def prepare(request: SearchRequest) -> PreparedSearch:
    """Everything that a search needs, from text; impossible budgets are refused before anything slow is loaded.

    Raises:
        BudgetError: a budget cannot be met.
        UserError: an unknown device, algorithm, engine or objective, options that exclude one another.
        ValueError: an unknown space, or a supernet or predictor that cannot be read.
    """
    engine = EngineConfig(name=request.engine, workers=request.workers, address=request.address)
    budgets_ms = [parse_budget(budget) for budget in request.budgets]
    spaces = spaces_of(request.space, request.supernet)
    targets = targets_of(request.devices, spaces, request.predictor)
    measured = is_measured(targets[0][0], request.measure)
    budgeted = [(device, latency, ms) for (device, latency), ms in zip(targets, budgets_ms, strict=True)]
    feasible_spaces(spaces, budgeted, confidence=request.confidence)
    accuracy, weights = accuracy_judge(spaces, request.supernet, request.data), ""
    if isinstance(accuracy, SupernetJudge):
        spaces = [accuracy.supernet.space]  # of the classes and channels that it was trained on
        weights = f"; weights {accuracy.digest[:16]}"
    known = known_networks([device for device, _ in targets], accuracy, rivals=request.rivals)
    config = SearchConfig(
        device=targets[0][0].name,
        space=space_names(spaces),
        budget_ms=budgets_ms[0],
        confidence=request.confidence,
        algorithm=request.algorithm,
        trials=trials_of(request.trials, request.evaluations, request.supernet),
        seed=request.seed,
        batch=max(GUIDED_BATCH, request.workers or 0),
        latency="; ".join(latency.describe() for _, latency in targets),
        accuracy=accuracy.describe() + weights,
        known=known.describe(),
        further=tuple((device.name, ms) for device, _, ms in budgeted[1:]),
        max_parameters=count_of("--max-params", request.max_params),
        max_macs=count_of("--max-macs", request.max_macs),
        max_memory_mb=None if request.max_memory is None else parse_memory(request.max_memory),
        fleet=request.fleet,
        warm=request.warm,
        objectives=tuple(request.objectives),
        rounds=request.rounds,
    )
    return PreparedSearch(
        config=config,
        spaces=tuple(spaces),
        targets=tuple(targets),
        accuracy=accuracy,
        known=known,
        folder=request.out or Path("results/search") / config.default_name,
        measured=measured,
        engine=engine,
    )

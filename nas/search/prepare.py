"""From what is asked for to all that a search needs in order to run; impossible budgets are refused first."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nas.search.config import SearchConfig
from nas.search.engines import EngineConfig
from nas.search.feasibility import feasible_spaces
from nas.search.goals import Goals
from nas.search.judge import AccuracyJudge, SupernetJudge
from nas.search.known import Known
from nas.search.record import Grounds, default_name, record_of
from nas.search.setup import (
    accuracy_judge,
    is_measured,
    known_networks,
    prepared_targets,
    space_names,
    spaces_of,
    trials_of,
)
from nas.search.targets import PreparedTarget, Target
from search_space import SearchSpace


@dataclass(frozen=True, kw_only=True)
class PreparedSearch:
    """A search that can run: `config` with its names and trials settled, and what they stand for.

    `known` is what a search need not find; `measured` says whether the front will be, on the first target.
    """

    config: SearchConfig
    spaces: tuple[SearchSpace, ...]
    targets: tuple[PreparedTarget, ...]
    accuracy: AccuracyJudge
    folder: Path
    known: Known = field(default_factory=Known)
    measured: bool = False
    engine: EngineConfig = field(default_factory=EngineConfig)

    @property
    def goals(self) -> Goals:
        """Budgets and limits, and what is minimised."""
        return self.config.goals

    @property
    def supernet(self) -> Path | None:
        """The folder of the supernet that judges, where one does."""
        return self.accuracy.folder if isinstance(self.accuracy, SupernetJudge) else None

    @property
    def record(self) -> dict[str, Any]:
        """What was asked for and what the figures rest on, see `nas.search.record`."""
        return record_of(self.config, grounds_of(self.targets, self.accuracy, self.known))


def prepare(config: SearchConfig) -> PreparedSearch:
    """Everything that a search needs.

    Raises:
        BudgetError: a budget cannot be met.
        UserError: an unknown device, algorithm, engine or objective, options that exclude one another.
        ValueError: an unknown space, or a supernet or predictor that cannot be read.
    """
    engine = EngineConfig(name=config.engine, workers=config.workers, address=config.address)
    spaces = spaces_of(config.space, config.supernet)
    targets = prepared_targets(config.targets, spaces, config.latency)
    measured = is_measured(targets[0].device, config.measure)
    feasible_spaces(spaces, targets, confidence=config.confidence)
    accuracy = accuracy_judge(spaces, config.accuracy, config.data)
    if isinstance(accuracy, SupernetJudge):
        spaces = [accuracy.supernet.space]  # of the classes and channels that it was trained on
    known = known_networks([each.device for each in targets], accuracy, rivals=config.rivals)
    settled = replace(
        config,
        targets=tuple(Target(device=each.device.name, budget_ms=each.budget_ms) for each in targets),
        space=space_names(spaces),
        trials=trials_of(config.trials, config.evaluations, accuracy),
        batch=max(config.batch, config.workers or 0),
    )
    name = default_name(record_of(settled, grounds_of(targets, accuracy, known)))
    return PreparedSearch(
        config=settled,
        spaces=tuple(spaces),
        targets=tuple(targets),
        accuracy=accuracy,
        folder=Path(config.out) if config.out is not None else Path("results/search") / name,
        known=known,
        measured=measured,
        engine=engine,
    )


def grounds_of(targets: "tuple[PreparedTarget, ...]", accuracy: AccuracyJudge, known: Known) -> Grounds:
    """What the figures rest on; a supernet by the digest of its weights."""
    weights = f"; weights {accuracy.digest[:16]}" if isinstance(accuracy, SupernetJudge) else ""
    return Grounds(
        latency="; ".join(each.latency.describe() for each in targets),
        accuracy=accuracy.describe() + weights,
        known=known.describe(),
    )

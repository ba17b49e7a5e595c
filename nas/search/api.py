"""The search from Python: `front = search.find("jetson", "10ms")`, a frame of the front, and networks as modules."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nas.errors import BudgetError
from nas.search.config import GUIDED_BATCH, SearchConfig
from nas.search.engines import EngineConfig
from nas.search.judge import Candidate, SupernetJudge
from nas.search.outcome import SearchResult
from nas.search.rounds import DEFAULT_ROUNDS
from nas.search.run import run_search
from nas.search.setup import accuracy_judge, count_of, is_measured, measurer, targets_of, trials_of
from nas.units import format_ms, parse_budget, parse_memory
from search_space import ArchConfig, named_space

if TYPE_CHECKING:
    import pandas as pd
    from torch import nn


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """One network of a front; with `supernet`, its folder, it inherits weights."""

    candidate: Candidate
    supernet: Path | None

    @property
    def arch(self) -> ArchConfig:
        """The architecture."""
        return self.candidate.arch

    def build(self, *, seed: int = 0) -> "nn.Module":
        """A torch module: with the supernet's weights and batch-norm statistics of its own, or initialised from the
        seed where no supernet was searched.
        """
        from supernet import build, input_side, load_dataset, load_supernet, supernet_dataset

        if self.supernet is None:
            return build(self.arch, seed=seed)
        shared, data = load_supernet(self.supernet), load_dataset(supernet_dataset(self.supernet))
        shared.calibrate(self.arch, data.calibration_batches(resolution=input_side(self.arch)))
        return shared.extract(self.arch)


@dataclass(frozen=True, kw_only=True, eq=False)
class Front:
    """What a search found, fastest first; `result` holds all of it, the folder of its files among them."""

    result: SearchResult
    supernet: Path | None

    def __len__(self) -> int:
        return len(self.result.front)

    def frame(self) -> "pd.DataFrame":
        """The columns of `front.csv`."""
        import pandas as pd

        return pd.DataFrame(self.result.front_rows)

    def best(self, *, budget_ms: float | None = None) -> Found:
        """The most accurate network whose upper latency end keeps the budget, that of the search unless told.

        Raises:
            BudgetError: none does; names the fastest.
        """
        if budget_ms is None:
            return Found(candidate=self.result.best, supernet=self.supernet)
        within = [each for each in self.result.front if each.latency_high_ms <= budget_ms]
        if not within:
            least = min(each.latency_high_ms for each in self.result.front)
            raise BudgetError(f"no network within {format_ms(budget_ms)}; the fastest takes up to {format_ms(least)}")
        best = max(within, key=lambda each: (each.accuracy.judged, -each.latency_high_ms))
        return Found(candidate=best, supernet=self.supernet)


def find(
    device: str,
    budget: str,
    *,
    space: str = "efficientvit",
    further: Mapping[str, str] | None = None,
    fleet: bool = False,
    max_params: str | None = None,
    max_macs: str | None = None,
    max_memory: str | None = None,
    objectives: Sequence[str] = (),
    supernet: Path | None = None,
    data: str | None = None,
    predictor: Path | None = None,
    trials: int | None = None,
    evaluations: int | None = None,
    rounds: int = DEFAULT_ROUNDS,
    measure: bool | None = None,
    warm: bool = True,
    confidence: float = 0.9,
    algorithm: str = "pareto",
    seed: int = 0,
    out: Path | None = None,
    on_trials: Callable[[int], None] = lambda _done: None,
    engine: str = "local",
    workers: int | None = None,
    address: str | None = None,
) -> Front:
    """Search a space for a device and a budget, as `nas search` does; the same call goes on where it was stopped.

    Every argument is the option of that name, text as it takes it: budgets `10ms`, limits `5M`, `60MB`. More devices
    with their budgets are in `further`, more objectives (macs, params, memory) in `objectives`. A device that is this
    machine is measured, unless `measure` is False.

    With a supernet its evaluations can be shared: `engine` processes or ray with that many `workers`, Ray's cluster
    at `address`. Worker processes import the calling script, whose own work therefore belongs under
    `if __name__ == "__main__":`.

    Raises:
        BudgetError: a budget or limit cannot be met.
        UserError: an unknown device, algorithm, engine or objective, or a folder that holds another search.
        ValueError: an unknown space, or a supernet or predictor that cannot be read.
    """
    budgets = {device: budget, **(further or {})}
    budgets_ms = [parse_budget(each) for each in budgets.values()]
    members = named_space(space)
    targets = targets_of(list(budgets), members, predictor)
    (target, latency), names = targets[0], [each.name for each, _ in targets]
    accuracy, weights = accuracy_judge(members, supernet, data), ""
    if isinstance(accuracy, SupernetJudge):
        members, weights = accuracy.supernet.space, f"; weights {accuracy.digest[:16]}"
    sharing = EngineConfig(name=engine, workers=workers, address=address)
    config = SearchConfig(
        device=target.name,
        space=members.name,
        budget_ms=budgets_ms[0],
        confidence=confidence,
        algorithm=algorithm,
        trials=trials_of(trials, evaluations, supernet),
        seed=seed,
        batch=max(GUIDED_BATCH, workers or 0),
        latency="; ".join(each.describe() for _, each in targets),
        accuracy=accuracy.describe() + weights,
        further=tuple(zip(names[1:], budgets_ms[1:], strict=True)),
        max_parameters=count_of("max_params", max_params),
        max_macs=count_of("max_macs", max_macs),
        max_memory_mb=None if max_memory is None else parse_memory(max_memory),
        fleet=fleet,
        warm=warm,
        objectives=tuple(objectives),
        rounds=rounds,
    )
    folder = out or Path("results/search") / config.default_name
    result = run_search(
        config,
        space=members,
        device=target,
        latency=latency,
        accuracy=accuracy,
        folder=folder,
        further=targets[1:],
        on_trials=on_trials,
        measure=measurer(target, folder) if is_measured(target, measure) else None,
        engine=sharing,
    )
    return Front(result=result, supernet=supernet)

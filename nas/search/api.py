"""The search from Python: `front = search.find("jetson", "10ms")`, a frame of the front, and networks as modules."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nas.errors import BudgetError
from nas.search.judge import Candidate
from nas.search.outcome import SearchResult
from nas.search.request import SearchRequest, prepare
from nas.search.rounds import DEFAULT_ROUNDS
from nas.search.run import run_search
from nas.search.setup import measurer
from nas.units import format_ms
from search_space import ArchConfig

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
        from supernet import build, judged_network

        return build(self.arch, seed=seed) if self.supernet is None else judged_network(self.supernet, self.arch)


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

        return pd.DataFrame([row.to_row() for row in self.result.run.front])

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
    space: str | None = None,
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
    prepared = prepare(
        SearchRequest(
            devices=list(budgets),
            budgets=list(budgets.values()),
            space=space,
            confidence=confidence,
            supernet=supernet,
            data=data,
            predictor=predictor,
            trials=trials,
            evaluations=evaluations,
            algorithm=algorithm,
            max_params=max_params,
            max_macs=max_macs,
            max_memory=max_memory,
            fleet=fleet,
            objectives=objectives,
            rounds=rounds,
            warm=warm,
            seed=seed,
            out=out,
            measure=measure,
            engine=engine,
            workers=workers,
            address=address,
        )
    )
    (target, latency), *others = prepared.targets
    result = run_search(
        prepared.config,
        spaces=prepared.spaces,
        device=target,
        latency=latency,
        accuracy=prepared.accuracy,
        folder=prepared.folder,
        further=others,
        known=prepared.known,
        on_trials=on_trials,
        measure=measurer(target, prepared.folder) if prepared.measured else None,
        engine=prepared.engine,
    )
    return Front(result=result, supernet=supernet)

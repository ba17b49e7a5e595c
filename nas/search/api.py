"""The search from Python: `front = search.find("jetson", "10ms")`, a frame of the front, and networks as modules."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nas.devices import find_device, latency_predictor
from nas.errors import BudgetError
from nas.search.engines import EngineConfig
from nas.search.judge import AccuracyJudge, Candidate, PriorJudge, SupernetJudge
from nas.search.run import GUIDED_BATCH, SearchConfig, SearchResult, run_search
from nas.units import format_ms, parse_budget
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
    supernet: Path | None = None,
    trials: int = 2000,
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

    With a supernet its evaluations can be shared: `engine` processes or ray with that many `workers`, Ray's cluster
    at `address`. Worker processes import the calling script, whose own work therefore belongs under
    `if __name__ == "__main__":`.

    Raises:
        BudgetError: the budget cannot be met.
        UserError: an unknown device, algorithm or engine, or a folder that holds another search.
        ValueError: an unknown space, or a supernet that cannot be read.
    """
    target, members = find_device(device), named_space(space)
    latency = latency_predictor(target, members.name)
    accuracy: AccuracyJudge = PriorJudge()
    if supernet is not None:
        judge = SupernetJudge(supernet)
        accuracy, members = judge, judge.supernet.space
    sharing = EngineConfig(name=engine, workers=workers, address=address)
    config = SearchConfig(
        device=target.name,
        space=members.name,
        budget_ms=parse_budget(budget),
        confidence=confidence,
        algorithm=algorithm,
        trials=trials,
        seed=seed,
        batch=max(GUIDED_BATCH, workers or 0),
        latency=latency.describe(),
        accuracy=accuracy.describe() + ("" if supernet is None else f"; {judge.digest[:16]}"),
    )
    result = run_search(
        config,
        space=members,
        device=target,
        latency=latency,
        accuracy=accuracy,
        folder=out or Path("results/search") / config.default_name,
        on_trials=on_trials,
        engine=sharing,
    )
    return Front(result=result, supernet=supernet)

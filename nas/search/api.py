"""The search from Python: `front = find(SearchConfig(targets=...))`, a frame of it, and networks as modules."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nas.errors import BudgetError
from nas.search.config import SearchConfig
from nas.search.judge import Candidate
from nas.search.outcome import SearchResult
from nas.search.prepare import prepare
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


def find(config: SearchConfig, *, on_trials: Callable[[int], None] = lambda _done: None) -> Front:
    """Search as `nas search` does; the same call goes on where it was stopped.

    A device that is this machine is measured, unless `measure` is False. With a supernet its evaluations can be
    shared by an `engine`; worker processes import the calling script, whose own work therefore belongs under
    `if __name__ == "__main__":`.

    Raises:
        BudgetError: a budget or limit cannot be met.
        UserError: an unknown device, algorithm, engine or objective, or a folder that holds another search.
        ValueError: an unknown space, or a supernet or predictor that cannot be read.
    """
    search = prepare(config)
    measure = measurer(search.targets[0].device, search.folder) if search.measured else None
    return Front(result=run_search(search, on_trials=on_trials, measure=measure), supernet=search.supernet)

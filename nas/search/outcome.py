"""What a search found."""

from dataclasses import dataclass
from pathlib import Path

from nas.runs import Run
from nas.search.baselines import Baseline
from nas.search.judge import Candidate
from nas.search.prospects import Prospect


@dataclass(frozen=True, kw_only=True)
class SearchResult:
    """The front (fastest first), the best under the budget, and the published networks with what is known of them.

    `ready` is the best that can be downloaded within the goals. `prospects` are expected to be better than anything
    known, best first, and would have to be trained.

    `run` is what was written to its folder: the tables, and what was predicted and then evaluated or measured.
    Latencies of the front are measured where it has `rounds`.
    """

    front: list[Candidate]
    best: Candidate
    published: list[Candidate]
    baselines: list[Baseline]
    prospects: list[Prospect]
    ready: Candidate | None
    run: Run

    @property
    def folder(self) -> Path:
        """Where the run is."""
        return self.run.folder

"""What a search found."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nas.search.baselines import Baseline
from nas.search.judge import Candidate
from nas.search.prospects import Prospect
from nas.search.rounds import Round, Verification


@dataclass(frozen=True, kw_only=True)
class Verified:
    """A network that a model chose: accuracy in percent that was predicted, and then found."""

    arch_id: str
    predicted: float
    found: float


@dataclass(frozen=True, kw_only=True)
class SearchResult:
    """The front (fastest first), the best under the budget, and the published networks with what is known of them.

    `ready` is the best that can be downloaded within the goals. `prospects` are expected to be better than anything
    known, best first, and would have to be trained.

    `verification` and `latency_verification` hold what was predicted and then evaluated or measured, `rounds` what
    each round of measuring brought. Latencies of the front are measured where `rounds` is not empty.
    """

    folder: Path
    front: list[Candidate]
    best: Candidate
    published: list[Candidate]
    front_rows: list[dict[str, Any]]
    published_rows: list[dict[str, Any]]
    baselines: list[Baseline]
    prospects: list[Prospect]
    ready: Candidate | None
    against_published: list[dict[str, Any]]
    verification: list[Verified]
    latency_verification: list[Verification]
    rounds: list[Round]
    fleet: dict[str, Any] | None

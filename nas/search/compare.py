"""What the search found, beside all that was known before and what simple methods find: the front of all of it.

What is known before (published networks, those of other libraries) and what simple methods find are candidates too,
so that the answer is never worse than what could be downloaded or guessed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nas.errors import BudgetError
from nas.search.against_published import Comparison, against_published
from nas.search.baselines import Baseline, baselines
from nas.search.goals import Goals
from nas.search.judge import Candidate
from nas.search.prospects import Prospect, prospects
from nas.search.results import front_of
from nas.search.rounds import Rounds
from nas.search.underway import Underway
from nas.units import format_ms
from search_space import ArchConfig

MOST_PROSPECTS = 8  # of the networks worth training that are measured with the front


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The front of all candidates; `references` are known networks, `searched` the front of what was found.

    `downloads` is the front of the references, `prospects` what is expected to beat all that is known.
    """

    front: list[Candidate]
    references: list[Candidate]
    searched: list[Candidate]
    downloads: list[Candidate]
    baselines: list[Baseline]
    prospects: list[Prospect]

    @property
    def simple(self) -> list[Candidate]:
        """The best of each simple method."""
        return [each.best for each in self.baselines if each.best is not None]

    @property
    def worth_measuring(self) -> list[Candidate]:
        """The front, the simple methods' best, and the first prospects."""
        return [*self.front, *self.simple, *(each.candidate for each in self.prospects[:MOST_PROSPECTS])]

    @property
    def ready(self) -> Candidate | None:
        """The best that can be downloaded within the goals."""
        return max(
            (each for each in self.downloads if each.download is not None),
            key=lambda each: (each.accuracy.judged, -each.latency_p50_ms),
            default=None,
        )

    def best(self, goals: Goals) -> Candidate:
        """The most accurate of those that serve most devices."""
        return max(self.front, key=lambda each: (_served(each, goals), each.accuracy.judged, -each.latency_high_ms))

    def against_published(self, goals: Goals) -> list[Comparison]:
        """A comparison for each known network with what was found."""
        return against_published(self.references, self.searched, goals)


def compare(search: Underway, found: Sequence[ArchConfig]) -> Standing:
    """Everything judged and compared.

    Raises:
        BudgetError: nothing keeps every budget and limit at once.
    """
    goals, judge = search.goals, search.judge
    beaten = baselines(
        [part.space for part in search.parts],
        judge,
        replace(goals, any_device=False),
        seed=search.config.seed,
        among=None if search.config.trials else {arch for part in search.parts for arch in part.earlier},
    )
    simple = [each.best for each in beaten if each.best is not None]
    references = [*judge(search.published), *judge.rivals()]
    own = _each_once([*judge([*search.starts, *found]), *simple])
    front = front_of(_each_once([*references, *own]), goals)
    if not front:
        names = " and ".join(part.space.name for part in search.parts)
        raise BudgetError(f"no network of space {names} was found that keeps every budget and limit at once")
    searched = front_of([each for each in own if each.network not in judge.known.published], goals)
    downloads = front_of(references, goals)
    return Standing(
        front=front,
        references=references,
        searched=searched,
        downloads=downloads,
        baselines=beaten,
        prospects=prospects(searched, downloads),
    )


def compare_measured(search: Underway, standing: Standing, rounds: Rounds) -> Standing:
    """The same once networks were measured.

    Raises:
        BudgetError: no network keeps every budget and limit when it is measured.
    """
    front = _measured_front(search, rounds) or standing.front
    measured = {each.network: each for each in rounds.candidates()}
    return replace(
        standing,
        front=front,
        baselines=[_as_measured(each, rounds, search.goals) for each in standing.baselines],
        prospects=prospects([measured.get(each.network, each) for each in standing.searched], front),
    )


def _each_once(candidates: Sequence[Candidate]) -> list[Candidate]:
    return list({each.network: each for each in candidates}.values())


def _measured_front(search: Underway, rounds: Rounds) -> list[Candidate]:
    """The front as measured; empty where nothing could be measured."""
    if not rounds.measured:
        return []
    front = front_of([*rounds.candidates(), *search.judge.rivals()], search.goals)
    if not front:
        raise BudgetError(
            f"{len(rounds.measured)} networks were predicted to keep every budget and limit, and measured on "
            f"{search.config.targets[0].device} none does; the fastest takes up to {format_ms(rounds.fastest_ms())}"
        )
    return front


def _as_measured(baseline: Baseline, rounds: Rounds, goals: Goals) -> Baseline:
    """A baseline with its best as measured; without one where that breaks a limit or cannot be measured."""
    if not rounds.measured or baseline.best is None:
        return baseline
    measured = [each for each in rounds.candidates() if each.network == baseline.best.network]
    return replace(baseline, best=measured[0] if measured and front_of(measured, goals) else None)


def _served(candidate: Candidate, goals: Goals) -> int:
    """On how many devices the candidate keeps the budget."""
    return sum(ms <= budget for ms, budget in zip(candidate.latencies_ms, goals.budgets_ms, strict=True))

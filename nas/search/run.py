"""One search from budget to front: feasibility, study, front, measured latencies, comparison, results folder.

Several spaces are searched one after another, each with a study of its own, and share one front. What is known before
(published networks, those of other libraries) and what simple methods find are candidates for it too, so that the
answer is never worse than what could be downloaded or guessed.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from nas.devices import Device
from nas.errors import BudgetError, UserError
from nas.files import hold, make_folder
from nas.runs import AccuracyCheck, NetworkRow, Run, Settings
from nas.runs.fields import Fields
from nas.search.against_published import against_published
from nas.search.algorithms import PARETO
from nas.search.arrays import array_judge, cheap_judge, judged_of
from nas.search.baselines import Baseline, baselines
from nas.search.config import SearchConfig, claim
from nas.search.engines import EngineConfig, opened
from nas.search.evolve import GROWTH, run_evolution
from nas.search.feasibility import feasible_spaces
from nas.search.fleet import fleet_report
from nas.search.goals import Goals
from nas.search.guided import GuidedEvolution
from nas.search.judge import AccuracyJudge, Candidate, Judge
from nas.search.known import Known
from nas.search.objectives import objectives_of, reference_point
from nas.search.outcome import SearchResult
from nas.search.pareto import ParetoEvolution
from nas.search.progress import Progress
from nas.search.prospects import prospects
from nas.search.results import front_of, row, write_archs, write_results
from nas.search.rounds import Measure, Rounds
from nas.search.study import run_study
from nas.search.warm import GROWTH as WARM_GROWTH
from nas.search.warm import PATIENCE as WARM_PATIENCE
from nas.search.warm import earlier_evaluations, tell_earlier
from nas.units import format_ms
from predictors import LatencyPredictor, published_networks
from search_space import ArchConfig, Canonical, SearchSpace, arch_cost

AGAIN = 4  # the later rounds of a search have this part of its trials
PATIENCE = 80  # evaluations without growth of the front after which a guided search ends
MOST_PROSPECTS = 8  # of the networks worth training that are measured with the front


def run_search(
    config: SearchConfig,
    *,
    spaces: Sequence[SearchSpace],
    device: Device,
    latency: LatencyPredictor,
    accuracy: AccuracyJudge,
    folder: Path,
    further: Sequence[tuple[Device, LatencyPredictor]] = (),
    known: Known = Known(),
    on_trials: Callable[[int], None] = lambda _done: None,
    measure: Measure | None = None,
    engine: EngineConfig = EngineConfig(),
) -> SearchResult:
    """Search `spaces` and write the results to `folder`; the same call on the same folder goes on where it stopped.

    `further` are the devices of `config.further` with their predictors, in that order; `known` is what a search need
    not find. The `engine` decides who evaluates, and nothing of what is found.

    Raises:
        BudgetError: a budget or a limit cannot be met.
        UserError: the folder cannot be written or holds another search.
    """
    claimed = hold(make_folder(folder), hint="wait, stop it, or help it with --join")
    with claimed, opened(engine, accuracy, space=spaces[0], folder=folder) as shared:
        targets = [(device, latency, config.budget_ms)]
        targets += [(*each, budget) for each, (_, budget) in zip(further, config.further, strict=True)]
        feasible = feasible_spaces(spaces, targets, confidence=config.confidence)
        config = claim(folder, config)
        predictors = [predictor for _, predictor in further]
        search = _Search(
            config=config,
            folder=folder,
            judge=Judge(shared, latency, config.confidence, predictors, known),
            parts=[_part(space, first, accuracy, config, folder) for space, first in feasible],
            on_trials=on_trials,
        )
        found, verified, spent = search.evolve()
        return search.conclude(found, verified, measure=measure, left=config.trials - spent)


@dataclass(frozen=True, kw_only=True)
class _Part:
    """One space of a search: the networks to start from, its published members, what was evaluated earlier."""

    space: SearchSpace
    starts: list[ArchConfig]
    members: list[ArchConfig]
    earlier: list[ArchConfig]


def _part(
    space: SearchSpace,
    first: list[ArchConfig],
    accuracy: AccuracyJudge,
    config: SearchConfig,
    folder: Path,
) -> _Part:
    first = [*first, space.smallest(), space.largest()]
    sizes = [
        replace(space.published_members[each.model], resolution=each.arch.resolution)
        for each in published_networks()
        if each.model in space.members and each.arch.resolution[0] in space.resolutions
    ]
    members = list(dict.fromkeys([*space.published_members.values(), *sizes]))
    earlier = earlier_evaluations(folder, accuracy, space) if config.warm else []
    if not config.trials:
        first, members = _only_among(earlier, first), _only_among(earlier, members)
    return _Part(space=space, starts=[*members, *first], members=members, earlier=earlier)


@dataclass(kw_only=True)
class _Search:
    """A search under way."""

    config: SearchConfig
    folder: Path
    judge: Judge
    parts: list[_Part]
    on_trials: Callable[[int], None]

    @property
    def starts(self) -> list[ArchConfig]:
        """The networks that the search starts from, in every space."""
        return [arch for part in self.parts for arch in part.starts]

    @property
    def published(self) -> list[ArchConfig]:
        """Published networks: the members of the spaces and all others whose score is known."""
        members = [arch for part in self.parts for arch in part.members]
        return list(dict.fromkeys([*members, *self.judge.known.published]))

    def evolve(self) -> tuple[list[ArchConfig], list[AccuracyCheck], int]:
        """Search every space: networks on the front of what was tried, what a model predicted, and trials made."""
        found, verified, spent = list[ArchConfig](), list[AccuracyCheck](), 0
        for index, part in enumerate(self.parts):
            before = spent

            def report(done: int, before: int = before) -> None:
                self.on_trials(before + done)

            folder = self.folder if index == 0 else make_folder(self.folder / "spaces" / part.space.name)
            archs, checks, trials = _evolve(
                part.space,
                self.judge.blind(),
                self.config,
                part.starts,
                folder=folder,
                on_trials=report,
                earlier=part.earlier,
            )
            found += archs
            verified += checks
            spent += trials
        return found, verified, spent

    def conclude(
        self, found: list[ArchConfig], verified: list[AccuracyCheck], *, measure: Measure | None, left: int
    ) -> SearchResult:
        """The front of all candidates, measured where it can be, compared and written down."""
        config, goals, judge = self.config, self.config.goals, self.judge
        beaten = baselines(
            [part.space for part in self.parts],
            judge,
            replace(goals, any_device=False),
            seed=config.seed,
            among=None if config.trials else {arch for part in self.parts for arch in part.earlier},
        )
        simple = [each.best for each in beaten if each.best is not None]
        references = [*judge(self.published), *judge.rivals()]
        own = list({each.network: each for each in [*judge([*self.starts, *found]), *simple]}.values())
        front = front_of(list({each.network: each for each in [*references, *own]}.values()), goals)
        if not front:
            names = " and ".join(part.space.name for part in self.parts)
            raise BudgetError(f"no network of space {names} was found that keeps every budget and limit at once")
        searched = front_of([each for each in own if each.network not in judge.known.published], goals)
        downloads = front_of(references, goals)
        hopeful = prospects(searched, downloads)
        checked = None
        if measure is not None:
            first = [each.candidate for each in hopeful[:MOST_PROSPECTS]]
            checked = self._verify([*front, *simple, *first], measure, left=left)
            front = _measured_front(checked, judge.rivals(), config) or front
            beaten = [_as_measured(each, checked, goals) for each in beaten]
            measured = {each.network: each for each in checked.candidates()}
            hopeful = prospects([measured.get(each.network, each) for each in searched], front)
        best = max(front, key=lambda each: (_served(each, config), each.accuracy.judged, -each.latency_high_ms))
        write_archs(self.folder, [*front, *references, *searched])
        others = [name for name, _ in config.further]
        rows = self._rows(front, checked)
        run = Run(
            folder=self.folder,
            settings=Settings.from_json(Fields(asdict(config), "the search")),
            front=tuple(rows),
            published=tuple(self._row(each) for each in references),
            best=next(row for row in rows if row.arch_id == best.network.arch_id),
            latency_origin=best.latency_origin,
            accuracy_origin=best.accuracy.origin,
            comparisons=tuple(each.row() for each in against_published(references, searched, goals)),
            baselines=tuple(each.row(best) for each in beaten),
            prospects=tuple(each.row(self._row(each.candidate)) for each in hopeful),
            accuracy_checks=tuple(verified),
            latency_checks=tuple(checked.verified) if checked else (),
            rounds=tuple(checked.history) if checked else (),
            fleet=fleet_report(front, [config.device, *others], goals.budgets_ms) if others else None,
        )
        write_results(run)
        return SearchResult(
            front=front,
            best=best,
            published=references,
            baselines=beaten,
            prospects=hopeful,
            ready=max(
                (each for each in downloads if each.download is not None),
                key=lambda each: (each.accuracy.judged, -each.latency_p50_ms),
                default=None,
            ),
            run=run,
        )

    def _rows(self, front: Sequence[Candidate], checked: Rounds | None) -> list[NetworkRow]:
        """Lines of `front.csv`: what was predicted of measured networks beside what was measured."""
        predicted = checked.predicted if checked else {}
        return [self._row(each if each.is_rival else predicted.get(each.arch, each), each) for each in front]

    def _row(self, candidate: Candidate, measured: Candidate | None = None) -> NetworkRow:
        names = {arch.arch_id for arch in self.published}
        seen = next((each for each in (measured, candidate) if each and each.latency_measured), None)
        return row(
            candidate,
            is_published=candidate.is_rival or candidate.network.arch_id in names,
            measured=seen,
            further=[name for name, _ in self.config.further],
            with_memory=self.config.goals.needs_memory,
        )

    def _verify(self, candidates: Sequence[Candidate], measure: Measure, *, left: int) -> Rounds:
        """Measure candidates of the first search, which left so many trials, and search again in some rounds."""
        judge, config, evaluated = self.judge, self.config, self.judge.judged
        accuracy, starts = judge.accuracy, self.starts

        def search_again(number: int, other: Judge, start: Sequence[ArchConfig]) -> list[ArchConfig]:
            nonlocal left
            found = list[ArchConfig]()
            for index, part in enumerate(self.parts):
                trials = max(2, config.trials // AGAIN) if accuracy.cheap else min(config.trials // AGAIN, left)
                seed = int(np.random.SeedSequence([config.seed, number]).generate_state(1)[0])
                name = str(number) if index == 0 else f"{number}-{part.space.name}"
                archs, _, spent = _evolve(
                    part.space,
                    other.blind(),
                    replace(config, trials=trials if trials > 1 else 0, seed=seed, warm=True),
                    list(dict.fromkeys([*part.starts, *(arch for arch in start if arch in part.space)])),
                    folder=make_folder(self.folder / "rounds" / name),
                    on_trials=lambda _done: None,
                    earlier=[] if accuracy.cheap else evaluated,
                )
                left -= spent
                found += archs
            evaluated.extend(other.judged)
            return [*found, *start]

        largest = max((part.space.largest() for part in self.parts), key=lambda arch: arch_cost(arch).macs)
        rounds = Rounds(
            latency=judge.latency,
            judge_with=judge.with_latency,
            goals=config.goals,
            confidence=config.confidence,
            measure=measure,
            reference=reference_point(objectives_of(judge(starts), config.goals), config.goals, largest),
        )
        archs = dict.fromkeys(each.network for each in candidates)
        rounds.run([arch for arch in archs if isinstance(arch, ArchConfig)], search_again, rounds=config.rounds)
        return rounds


def _measured_front(rounds: Rounds, rivals: Sequence[Candidate], config: SearchConfig) -> list[Candidate]:
    """The front as measured; empty where nothing could be measured.

    Raises:
        BudgetError: no network keeps every budget and limit when it is measured.
    """
    if not rounds.measured:
        return []
    front = front_of([*rounds.candidates(), *rivals], config.goals)
    if not front:
        raise BudgetError(
            f"{len(rounds.measured)} networks were predicted to keep every budget and limit, and measured on "
            f"{config.device} none does; the fastest takes up to {format_ms(rounds.fastest_ms())}"
        )
    return front


def _as_measured(baseline: Baseline, rounds: Rounds, goals: Goals) -> Baseline:
    """A baseline with its best as measured; without one where that breaks a limit or cannot be measured."""
    if not rounds.measured or baseline.best is None:
        return baseline
    measured = [each for each in rounds.candidates() if each.network == baseline.best.network]
    return replace(baseline, best=measured[0] if measured and front_of(measured, goals) else None)


def _only_among(earlier: Sequence[ArchConfig], archs: Sequence[ArchConfig]) -> list[ArchConfig]:
    """Those of `archs` that cost no evaluation.

    Raises:
        UserError: nothing was evaluated.
    """
    if not earlier:
        raise UserError("--evaluations 0 chooses among earlier evaluations, and there are none; leave it out")
    known = set(earlier)
    return [arch for arch in archs if arch in known]


def _served(candidate: Candidate, config: SearchConfig) -> int:
    """On how many devices the candidate keeps the budget."""
    return sum(ms <= budget for ms, budget in zip(candidate.latencies_ms, config.goals.budgets_ms, strict=True))


def _evolve(
    space: SearchSpace,
    judge: Judge,
    config: SearchConfig,
    first: Sequence[ArchConfig],
    *,
    folder: Path,
    on_trials: Callable[[int], None],
    earlier: Sequence[ArchConfig] = (),
) -> tuple[list[ArchConfig], list[AccuracyCheck], int]:
    """The networks on the front of everything tried, what a model predicted of those it chose, and the trials made.

    An accuracy that costs an evaluation is searched with a model in the loop, so that every network on the front was
    evaluated. What was evaluated `earlier` is told before the first trial.
    """
    goals, storage = config.goals, folder / "study.journal"
    seeds = list(dict.fromkeys(space.encode(arch) for arch in first))[: config.trials]
    known = judged_of([*first, *earlier], judge, goals).objectives
    reference = reference_point(known, goals, space.largest())
    progress = Progress(reference=reference, trials=config.trials, on_trials=on_trials)
    arrays, canonical = array_judge(space, judge, goals), Canonical.build(space)
    evolution = ParetoEvolution(
        [len(gene.choices) for gene in space.genes],
        np.random.default_rng(config.seed),
        population=config.population,
        canonical=canonical,
        seeds=seeds,
    )
    verified: list[AccuracyCheck] = []
    if earlier and (config.algorithm != PARETO or judge.accuracy.cheap):
        tell_earlier(evolution.tell, arrays, space, [*earlier, *first])
    if config.algorithm != PARETO:
        run_study(
            space,
            arrays,
            evolution,
            progress,
            storage=storage,
            metrics=config.metrics,
            first=seeds,
            algorithm=config.algorithm,
            population=config.population,
            seed=config.seed,
        )
    elif judge.accuracy.cheap:
        run_evolution(
            space, arrays, evolution, progress, storage=storage, metrics=config.metrics, batch=config.population
        )
    else:
        cheap = cheap_judge(space, judge, goals)
        guided = GuidedEvolution(tracker=evolution, cheap=cheap, reference=reference.tolist(), canonical=canonical)
        if earlier:
            tell_earlier(guided.tell, arrays, space, [*earlier, *first])
            progress.advance(evolution.front, 0)
        patience, growth = (WARM_PATIENCE, WARM_GROWTH) if earlier else (PATIENCE, GROWTH)
        run_evolution(
            space,
            arrays,
            guided,
            progress,
            storage=storage,
            metrics=config.metrics,
            batch=config.batch,
            patience=patience,
            growth=growth,
        )
        verified = [
            AccuracyCheck(arch_id=space.decode(genotype).arch_id, predicted=100 - predicted, found=100 - found)
            for genotype, predicted, found in guided.verification()
        ]
    progress.write(folder / "hypervolume.csv")
    if evolution.front is None:
        return [], verified, progress.done
    order = np.lexsort(evolution.front.objectives.T[::-1])
    return [space.decode(row) for row in evolution.front.genotypes[order].tolist()], verified, progress.done

"""One search from budget to front: feasibility, study, front, measured latencies, results folder."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from nas.devices import Device
from nas.errors import BudgetError, UserError
from nas.files import hold, make_folder, write_text
from nas.search.against_published import against_published, write_comparisons
from nas.search.algorithms import PARETO
from nas.search.arrays import array_judge, cheap_judge, judged_of
from nas.search.baselines import Baseline, baselines
from nas.search.config import SearchConfig, claim
from nas.search.engines import EngineConfig, opened
from nas.search.evolve import GROWTH, run_evolution
from nas.search.feasibility import check_feasible
from nas.search.fleet import fleet_report
from nas.search.guided import GuidedEvolution
from nas.search.judge import AccuracyJudge, Candidate, Judge
from nas.search.objectives import objectives_of, reference_point
from nas.search.outcome import SearchResult, Verified
from nas.search.pareto import ParetoEvolution
from nas.search.progress import Progress
from nas.search.results import front_of, row, write_archs, write_results
from nas.search.rounds import Measure, Rounds
from nas.search.study import run_study
from nas.search.warm import GROWTH as WARM_GROWTH
from nas.search.warm import PATIENCE as WARM_PATIENCE
from nas.search.warm import earlier_evaluations, tell_earlier
from nas.units import format_ms
from predictors import LatencyPredictor
from search_space import ArchConfig, Canonical, SearchSpace

AGAIN = 4  # the later rounds of a search have this part of its trials
PATIENCE = 80  # evaluations without growth of the front after which a guided search ends


def run_search(
    config: SearchConfig,
    *,
    space: SearchSpace,
    device: Device,
    latency: LatencyPredictor,
    accuracy: AccuracyJudge,
    folder: Path,
    further: Sequence[tuple[Device, LatencyPredictor]] = (),
    on_trials: Callable[[int], None] = lambda _done: None,
    measure: Measure | None = None,
    engine: EngineConfig = EngineConfig(),
) -> SearchResult:
    """Search `space` and write the results to `folder`; the same call on the same folder goes on where it stopped.

    `further` are the devices of `config.further` with their predictors, in that order. The `engine` decides who
    evaluates, and nothing of what is found.

    Raises:
        BudgetError: a budget or a limit cannot be met.
        UserError: the folder cannot be written or holds another search.
    """
    own, claimed = accuracy, hold(make_folder(folder), hint="wait, stop it, or help it with --join")
    with claimed, opened(engine, accuracy, space=space, folder=folder) as accuracy:
        targets = [(device, latency, config.budget_ms)]
        targets += [(*each, budget) for each, (_, budget) in zip(further, config.further, strict=True)]
        first = [
            check_feasible(space, predictor, each, budget_ms=budget, confidence=config.confidence)
            for each, predictor, budget in targets
        ]
        first += [space.smallest(), space.largest()]
        members = list(space.published_members.values())
        config = claim(folder, config)
        earlier = earlier_evaluations(folder, own, space) if config.warm else []
        if not config.trials:
            first, members = _only_among(earlier, first), _only_among(earlier, members)
        judge = Judge(accuracy, latency, config.confidence, [predictor for _, predictor in further])
        starts = [*members, *first]
        found, verified, spent = _search(
            space, judge, config, starts, folder=folder, on_trials=on_trials, earlier=earlier
        )
        front = front_of(judge([*starts, *found]), config.goals)
        if not front:
            raise BudgetError(f"no network of space {space.name} was found that keeps every budget and limit at once")
        checked, as_predicted = None, front
        if measure is not None:
            checked = _verify(
                front,
                judge,
                config,
                space=space,
                starts=starts,
                folder=folder,
                measure=measure,
                left=config.trials - spent,
            )
            front = _measured_front(checked, config) or front
        best = max(front, key=lambda each: (_served(each, config), each.accuracy.judged, -each.latency_high_ms))
        write_archs(folder, front)
        predicted = checked.predicted if checked else {}
        names, others = {arch.arch_id for arch in members}, [name for name, _ in config.further]
        front_rows = [
            row(
                predicted.get(candidate.arch, candidate),
                is_published=candidate.arch.arch_id in names,
                measured=candidate if candidate.latency_measured else None,
                further=others,
                with_memory=config.goals.needs_memory,
            )
            for candidate in front
        ]
        references = judge(members)
        published_rows = [
            row(candidate, is_published=True, further=others, with_memory=config.goals.needs_memory)
            for candidate in references
        ]
        against = write_comparisons(folder, against_published(references, as_predicted, config.goals))
        beaten = baselines(
            space,
            judge,
            replace(config.goals, any_device=False),
            seed=config.seed,
            among=None if config.trials else set(earlier),
        )
        fleet = fleet_report(front, [config.device, *others], config.goals.budgets_ms) if others else None
        if fleet is not None:
            write_text(folder / "fleet.json", json.dumps(fleet, indent=2, sort_keys=True) + "\n")
        summary = {
            **asdict(config),
            "baselines": [_baseline_row(each, best) for each in beaten],
            "found_against_published": against,
            "verification": [asdict(each) for each in verified],
            "latency_verification": [asdict(each) for each in checked.verified] if checked else [],
            "verified_rounds": [asdict(each) for each in checked.history] if checked else [],
            "best": best.arch.arch_id,
            "latency_origin": best.latency_origin,
            "accuracy_origin": best.accuracy.origin,
        }
        write_results(folder, front_rows, published_rows, summary)
        return SearchResult(
            folder=folder,
            front=front,
            best=best,
            published=references,
            front_rows=front_rows,
            published_rows=published_rows,
            baselines=beaten,
            against_published=against,
            verification=verified,
            latency_verification=checked.verified if checked else [],
            rounds=checked.history if checked else [],
            fleet=fleet,
        )


def _verify(
    front: Sequence[Candidate],
    judge: Judge,
    config: SearchConfig,
    *,
    space: SearchSpace,
    starts: Sequence[ArchConfig],
    folder: Path,
    measure: Measure,
    left: int,
) -> Rounds:
    """Measure the front of the first search, which left so many trials, and search again in up to `config.rounds`."""
    accuracy, evaluated = judge.accuracy, judge.judged

    def search_again(number: int, other: Judge, start: Sequence[ArchConfig]) -> list[ArchConfig]:
        nonlocal left
        trials = max(2, config.trials // AGAIN) if accuracy.cheap else min(config.trials // AGAIN, left)
        seed = int(np.random.SeedSequence([config.seed, number]).generate_state(1)[0])
        found, _, spent = _search(
            space,
            other,
            replace(config, trials=trials if trials > 1 else 0, seed=seed, warm=True),
            list(dict.fromkeys([*starts, *start])),
            folder=make_folder(folder / "rounds" / str(number)),
            on_trials=lambda _done: None,
            earlier=[] if accuracy.cheap else evaluated,
        )
        left -= spent
        evaluated.extend(other.judged)
        return [*found, *start]

    rounds = Rounds(
        latency=judge.latency,
        judge_with=lambda latency: Judge(accuracy, latency, config.confidence, judge.further),
        goals=config.goals,
        confidence=config.confidence,
        measure=measure,
        reference=reference_point(objectives_of(judge(starts), config.goals), config.goals, space.largest()),
    )
    rounds.run(front, search_again, rounds=config.rounds)
    return rounds


def _measured_front(rounds: Rounds, config: SearchConfig) -> list[Candidate]:
    """The front as measured; empty where nothing could be measured.

    Raises:
        BudgetError: no network keeps every budget and limit when it is measured.
    """
    front = rounds.front()
    if rounds.measured and not front:
        raise BudgetError(
            f"{len(rounds.measured)} networks were predicted to keep every budget and limit, and measured on "
            f"{config.device} none does; the fastest takes up to {format_ms(rounds.fastest_ms())}"
        )
    return front


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


def _baseline_row(baseline: Baseline, found: Candidate) -> dict[str, Any]:
    row: dict[str, Any] = {"name": baseline.name, "tried": baseline.tried, "accuracy": None, "gain_points": None}
    if baseline.best is not None:
        points, evidence = baseline.gain(found)
        row |= {
            "arch_id": baseline.best.arch.arch_id,
            "accuracy": round(baseline.best.accuracy.value, 3),
            "latency_high_ms": round(baseline.best.latency_high_ms, 5),
            "gain_points": round(points, 3),
            "evidence_of_gain": evidence,
        }
    return row


def _search(
    space: SearchSpace,
    judge: Judge,
    config: SearchConfig,
    first: Sequence[ArchConfig],
    *,
    folder: Path,
    on_trials: Callable[[int], None],
    earlier: Sequence[ArchConfig] = (),
) -> tuple[list[ArchConfig], list[Verified], int]:
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
    verified: list[Verified] = []
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
            Verified(arch_id=space.decode(genotype).arch_id, predicted=100 - predicted, found=100 - found)
            for genotype, predicted, found in guided.verification()
        ]
    progress.write(folder / "hypervolume.csv")
    if evolution.front is None:
        return [], verified, progress.done
    order = np.lexsort(evolution.front.objectives.T[::-1])
    return [space.decode(row) for row in evolution.front.genotypes[order].tolist()], verified, progress.done

"""One space searched: by Pareto evolution, with a model in the loop where an accuracy costs an evaluation, or by a
sampler of Optuna.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nas.disk.files import make_folder
from nas.runs import AccuracyCheck
from nas.search.arrays import ArrayJudge, array_judge, cheap_judge, judged_of
from nas.search.config import PARETO, SearchConfig
from nas.search.evolve import GROWTH, run_evolution
from nas.search.guided import GuidedEvolution
from nas.search.judge import Judge
from nas.search.pareto import ParetoEvolution
from nas.search.points import reference_point
from nas.search.progress import Progress
from nas.search.study import run_study
from nas.search.underway import Underway
from nas.search.warm import GROWTH as WARM_GROWTH
from nas.search.warm import PATIENCE as WARM_PATIENCE
from nas.search.warm import tell_earlier
from search_space import ArchConfig, Canonical, SearchSpace

PATIENCE = 80  # evaluations without growth of the front after which a guided search ends


@dataclass(frozen=True, kw_only=True)
class Explored:
    """The networks on the front of what was tried, what a model predicted of those it chose, and the trials made."""

    networks: list[ArchConfig]
    verified: list[AccuracyCheck]
    trials: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Exploration:
    """What the search of one space is made of, whoever chooses the networks."""

    space: SearchSpace
    judge: Judge
    config: SearchConfig
    folder: Path
    evolution: ParetoEvolution
    progress: Progress
    arrays: ArrayJudge
    canonical: Canonical
    starts: Sequence[ArchConfig]
    earlier: Sequence[ArchConfig]

    @property
    def storage(self) -> Path:
        """The journal of the study."""
        return self.folder / "study.journal"


def explore_all(search: Underway) -> Explored:
    """Every space, one after another, each with a study of its own."""
    found, verified, spent = list[ArchConfig](), list[AccuracyCheck](), 0
    for index, part in enumerate(search.parts):
        before = spent

        def report(done: int, before: int = before) -> None:
            search.on_trials(before + done)

        explored = explore(
            part.space,
            search.judge.blind(),
            search.config,
            part.starts,
            folder=search.folder if index == 0 else make_folder(search.folder / "spaces" / part.space.name),
            on_trials=report,
            earlier=part.earlier,
        )
        found += explored.networks
        verified += explored.verified
        spent += explored.trials
    return Explored(networks=found, verified=verified, trials=spent)


def explore(
    space: SearchSpace,
    judge: Judge,
    config: SearchConfig,
    starts: Sequence[ArchConfig],
    *,
    folder: Path,
    on_trials: Callable[[int], None],
    earlier: Sequence[ArchConfig] = (),
) -> Explored:
    """One space, from networks to start from.

    An accuracy that costs an evaluation is searched with a model in the loop, so that every network on the front was
    evaluated. What was evaluated `earlier` is told before the first trial.
    """
    exploration = _exploration(space, judge, config, starts, folder=folder, on_trials=on_trials, earlier=earlier)
    verified: list[AccuracyCheck] = []
    if earlier and (config.sampler != PARETO or judge.accuracy.cheap):
        tell_earlier(exploration.evolution.tell, exploration.arrays, space, [*earlier, *starts])
    if config.sampler != PARETO:
        _by_sampler(exploration)
    elif judge.accuracy.cheap:
        _by_evolution(exploration)
    else:
        verified = _by_model(exploration)
    exploration.progress.write(folder / "hypervolume.csv")
    front, done = exploration.evolution.front, exploration.progress.done
    if front is None:
        return Explored(networks=[], verified=verified, trials=done)
    order = np.lexsort(front.objectives.T[::-1])
    networks = [space.decode(row) for row in front.genotypes[order].tolist()]
    return Explored(networks=networks, verified=verified, trials=done)


def _exploration(
    space: SearchSpace,
    judge: Judge,
    config: SearchConfig,
    starts: Sequence[ArchConfig],
    *,
    folder: Path,
    on_trials: Callable[[int], None],
    earlier: Sequence[ArchConfig],
) -> Exploration:
    goals, trials, canonical = config.goals, config.trials or 0, Canonical.build(space)
    known = judged_of([*starts, *earlier], judge, goals).objectives
    return Exploration(
        space=space,
        judge=judge,
        config=config,
        folder=folder,
        evolution=ParetoEvolution(
            [len(gene.choices) for gene in space.genes],
            np.random.default_rng(config.seed),
            population=config.population,
            canonical=canonical,
            seeds=_genotypes(space, starts)[:trials],
        ),
        progress=Progress(
            reference=reference_point(known, goals, space.largest()), trials=trials, on_trials=on_trials
        ),
        arrays=array_judge(space, judge, goals),
        canonical=canonical,
        starts=starts,
        earlier=earlier,
    )


def _genotypes(space: SearchSpace, archs: Sequence[ArchConfig]) -> list[tuple[int, ...]]:
    return list(dict.fromkeys(space.encode(arch) for arch in archs))


def _by_sampler(exploration: Exploration) -> None:
    config, progress = exploration.config, exploration.progress
    run_study(
        exploration.space,
        exploration.arrays,
        exploration.evolution,
        progress,
        storage=exploration.storage,
        metrics=config.metrics,
        first=_genotypes(exploration.space, exploration.starts)[: progress.trials],
        sampler=config.sampler,
        population=config.population,
        seed=config.seed,
    )


def _by_evolution(exploration: Exploration) -> None:
    config = exploration.config
    run_evolution(
        exploration.space,
        exploration.arrays,
        exploration.evolution,
        exploration.progress,
        storage=exploration.storage,
        metrics=config.metrics,
        batch=config.population,
    )


def _by_model(exploration: Exploration) -> list[AccuracyCheck]:
    """What the model predicted of the networks that it chose, and what was found."""
    space, config, progress = exploration.space, exploration.config, exploration.progress
    guided = GuidedEvolution(
        tracker=exploration.evolution,
        cheap=cheap_judge(space, exploration.judge, config.goals),
        reference=progress.reference.tolist(),
        canonical=exploration.canonical,
    )
    if exploration.earlier:
        tell_earlier(guided.tell, exploration.arrays, space, [*exploration.earlier, *exploration.starts])
        progress.advance(exploration.evolution.front, 0)
    run_evolution(
        space,
        exploration.arrays,
        guided,
        progress,
        storage=exploration.storage,
        metrics=config.metrics,
        batch=config.batch,
        patience=WARM_PATIENCE if exploration.earlier else PATIENCE,
        growth=WARM_GROWTH if exploration.earlier else GROWTH,
    )
    return [
        AccuracyCheck(arch_id=space.decode(genotype).arch_id, predicted=100 - predicted, found=100 - found)
        for genotype, predicted, found in guided.verification()
    ]

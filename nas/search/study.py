"""A search by any of Optuna's samplers: seeded, deterministic, resumable after a kill at any moment.

Trials run in memory, where a trial costs milliseconds, and go to an Optuna journal file generation by generation, a
finished trial in one record. A generation that a kill cut short is drawn again, identically, from its own seed, and
only the records that are missing are appended.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nas.search.algorithms import optuna_sampler
from nas.search.arrays import ArrayJudge, Judged
from nas.search.journal import distributions, open_journal
from nas.search.pareto import ParetoEvolution
from nas.search.progress import Progress, told
from search_space import Genotype, SearchSpace

if TYPE_CHECKING:
    import optuna


def run_study(
    space: SearchSpace,
    judge: ArrayJudge,
    front: ParetoEvolution,
    progress: Progress,
    *,
    storage: Path,
    metrics: Sequence[str],
    first: Sequence[Genotype],
    sampler: "str | optuna.samplers.BaseSampler",
    population: int,
    seed: int,
) -> None:
    """Judge `progress.trials` genotypes of `space`, the `first` ones among them, and keep the study in `storage`.

    The `metrics` are the names of the objectives, in their order.
    `front` is told everything and asked nothing.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    announced = distributions(space)
    archive = open_journal(storage, metrics)
    kept, trials = archive.get_trials(deepcopy=False), progress.trials
    study = optuna.create_study(directions=["minimize"] * len(metrics))
    whole = len(kept) // population * population
    study.add_trials(kept[:whole])
    for start in range(0, whole, population):
        _tell_front(judge, front, progress, _genotypes(space, kept[start : start + population]))
    for start in range(whole, trials, population):
        generation = start // population
        study.sampler = optuna_sampler(sampler, _generation_seed(seed, generation), population)
        if start == whole:
            _recall_parents(study)
        if generation == 0:
            for genotype in first[:population]:
                study.enqueue_trial(dict(zip(announced, genotype, strict=True)))
        asked = [study.ask(announced) for _ in range(min(population, trials - start))]
        genotypes = np.array([[trial.params[gene.name] for gene in space.genes] for trial in asked])
        judged = _tell_front(judge, front, progress, genotypes)
        for row, trial in enumerate(asked):
            trial.set_user_attr("arch_id", space.decode(genotypes[row].tolist()).arch_id)
            trial.set_user_attr("number", start + row)
            for name, values in judged.excess.items():
                trial.set_constraint(name, float(values[row]))
            study.tell(trial, judged.objectives[row].tolist())
        finished = study.get_trials(deepcopy=False)[start:]
        archive.add_trials(finished[max(0, len(kept) - start) :])


def _tell_front(judge: ArrayJudge, front: ParetoEvolution, progress: Progress, genotypes: np.ndarray) -> Judged:
    judged = judge(genotypes)
    front.tell(told(genotypes, judged))
    progress.advance(front.front, len(genotypes))
    return judged


def _genotypes(space: SearchSpace, trials: Sequence["optuna.trial.FrozenTrial"]) -> np.ndarray:
    return np.array([[trial.params[gene.name] for gene in space.genes] for trial in trials])


def _recall_parents(study: "optuna.Study") -> None:
    """Let a genetic sampler select the parents of its past generations again, one after another.

    Optuna keeps them in the study in memory, in the order of their trials; found out of turn they would come in
    another order, which decides between equals.
    """
    select = getattr(study.sampler, "get_parent_population", None)
    attributes = [item for trial in study.get_trials(deepcopy=False) for item in trial.system_attrs.items()]
    generations = [int(value) for name, value in attributes if name.endswith(":generation")]
    if select is not None:
        for past in range(1, max(generations, default=0) + 1):
            select(study, past)


def _generation_seed(seed: int, generation: int) -> int:
    return int(np.random.SeedSequence([seed, generation]).generate_state(1)[0])

"""An Optuna study over genotypes: seeded, deterministic, resumable after a kill at any moment.

Trials run in memory, where a trial costs milliseconds, and go to an Optuna journal file generation by generation, a
finished trial in one record. A generation that a kill cut short is drawn again, identically, from its own seed, and
only the records that are missing are appended.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nas.search.algorithms import ALGORITHMS
from nas.search.judge import Judge
from search_space import ArchConfig, SearchSpace

if TYPE_CHECKING:
    import optuna

STUDY_NAME = "search"


def run_study(
    space: SearchSpace,
    judge: Judge,
    *,
    storage: Path,
    budget_ms: float,
    first: Sequence[ArchConfig],
    algorithm: str,
    trials: int,
    population: int,
    seed: int,
    on_trials: Callable[[int], None],
) -> None:
    """Judge `trials` architectures of `space`, the `first` ones among them, and keep the study in `storage`.

    Objectives: error in percent and the upper end of the latency in ms; constraint: that end within `budget_ms`.
    `on_trials` is told how many trials are done.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    archive = _open(storage)
    kept = archive.get_trials(deepcopy=False)
    study = optuna.create_study(study_name=STUDY_NAME, directions=["minimize", "minimize"])
    distributions: dict[str, optuna.distributions.BaseDistribution] = {
        gene.name: optuna.distributions.IntDistribution(0, len(gene.choices) - 1) for gene in space.genes
    }
    whole = len(kept) // population * population
    study.add_trials(kept[:whole])
    judge([_decode(space, trial.params) for trial in kept])
    on_trials(len(kept))
    for start in range(whole, trials, population):
        generation = start // population
        study.sampler = ALGORITHMS[algorithm](_generation_seed(seed, generation), population)
        if start == whole:
            _recall_parents(study)
        if generation == 0:
            for arch in first[:population]:
                study.enqueue_trial(dict(zip(distributions, space.encode(arch), strict=True)))
        asked = [study.ask(distributions) for _ in range(min(population, trials - start))]
        # a killed search has judged some of these before; the judge knows them
        for trial, candidate in zip(asked, judge([_decode(space, t.params) for t in asked]), strict=True):
            trial.set_user_attr("arch_id", candidate.arch.arch_id)
            trial.set_constraint("budget", candidate.latency_high_ms - budget_ms)
            study.tell(trial, candidate.objectives)
        finished = study.get_trials(deepcopy=False)[start:]
        archive.add_trials(finished[max(0, len(kept) - start) :])
        on_trials(start + len(asked))


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


def _open(storage: Path) -> "optuna.Study":
    import optuna
    from optuna.storages.journal import JournalFileBackend, JournalStorage

    _cut_torn_line(storage)
    # a killed search leaves its lock, for which Optuna would wait half a minute; the run's folder is ours alone
    storage.with_name(f"{storage.name}.lock").unlink(missing_ok=True)
    try:
        return optuna.create_study(
            storage=JournalStorage(JournalFileBackend(str(storage))),
            study_name=STUDY_NAME,
            directions=["minimize", "minimize"],
            load_if_exists=True,
        )
    except (ValueError, KeyError) as error:
        raise ValueError(f"{storage} is not a search journal ({error}); delete the run's folder") from None


def _cut_torn_line(path: Path) -> None:
    """Drop what a kill left of a record after the last line break."""
    if path.exists():
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole != len(content):
            with path.open("r+b") as file:
                file.truncate(whole)


def _decode(space: SearchSpace, params: dict[str, int]) -> ArchConfig:
    return space.decode([params[gene.name] for gene in space.genes])


def _generation_seed(seed: int, generation: int) -> int:
    return int(np.random.SeedSequence([seed, generation]).generate_state(1)[0])

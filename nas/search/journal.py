"""The Optuna journal of a search: opened after a kill, appended to, with one trial per network."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nas.disk.files import cut_torn_line
from nas.runs.trials import load_study
from nas.search.arrays import Judged
from search_space import SearchSpace

if TYPE_CHECKING:
    import optuna

# A trial takes 7 KB of journal. From this number on only trials that join the front are written; what becomes of the
# search does not depend on it, since Pareto evolution is repeated from its seed.
WRITTEN_WHOLE = 2000


def distributions(space: SearchSpace) -> dict[str, "optuna.distributions.BaseDistribution"]:
    """One whole number per gene, in the order of the genotype."""
    import optuna

    return {gene.name: optuna.distributions.IntDistribution(0, len(gene.choices) - 1) for gene in space.genes}


def study_name(storage: Path) -> str:
    """What a new study in that journal is called: as the run's folder, with the round for a later one."""
    folder = storage.resolve().parent
    if folder.parent.name == "rounds":
        return f"{folder.parent.parent.name}-round-{folder.name}"
    return folder.name


def open_journal(storage: Path, metrics: Sequence[str], *, alone: bool = True) -> "optuna.Study":
    """The study in a journal file, which minimises these `metrics`; `alone` on it, what a kill left is cleared away.

    Raises:
        ValueError: the file is no journal of a search for as many objectives.
    """
    import optuna
    from optuna.storages.journal import JournalFileBackend, JournalStorage

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    if alone:
        cut_torn_line(storage)
        # a killed search leaves its lock, for which Optuna would wait half a minute
        storage.with_name(f"{storage.name}.lock").unlink(missing_ok=True)
    try:
        study = load_study(storage) or optuna.create_study(
            storage=JournalStorage(JournalFileBackend(str(storage))),
            study_name=study_name(storage),
            directions=["minimize"] * len(metrics),
        )
        _name_metrics(study, metrics)
    except (ValueError, KeyError) as error:
        raise ValueError(f"{storage} is not a search journal ({error}); delete the run's folder") from None
    return study


def _name_metrics(study: "optuna.Study", metrics: Sequence[str]) -> None:
    """Write the names of the objectives unless they are there; an older journal gets them once.

    Raises:
        ValueError: the study has another number of objectives.
    """
    import optuna

    if len(study.directions) != len(metrics):
        raise ValueError(f"it has {len(study.directions)} objectives, not {len(metrics)}")
    if study.metric_names != list(metrics):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            study.set_metric_names(list(metrics))


def finished_trials(
    space: SearchSpace, genotypes: np.ndarray, judged: Judged, numbers: Sequence[int]
) -> list["optuna.trial.FrozenTrial"]:
    """Trials for the journal; `numbers` are their places in the search, kept as an attribute."""
    import optuna

    announced, names = distributions(space), list(judged.excess)
    return [
        optuna.trial.create_trial(
            values=judged.objectives[row].tolist(),
            params=dict(zip(announced, genotypes[row].tolist(), strict=True)),
            distributions=announced,
            user_attrs={"arch_id": space.decode(genotypes[row].tolist()).arch_id, "number": number},
            constraints={name: float(judged.excess[name][row]) for name in names},
        )
        for row, number in enumerate(numbers)
    ]

"""The trials of a run, read from the Optuna journals of its folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import optuna


@dataclass(frozen=True, kw_only=True, eq=False)
class Trials:
    """Kept trials in order: `objectives` (n, 2), error in percent and upper latency end in ms; `feasible` (n,).

    `places` (n,) counts them from 1 among all `count` trials: a long search keeps those alone that joined its front.
    """

    objectives: np.ndarray
    feasible: np.ndarray
    places: np.ndarray
    count: int


def load_study(storage: Path) -> "optuna.Study | None":
    """The study that a journal file holds, whatever its name; None where it holds none.

    Raises:
        ValueError: it holds several.
    """
    import optuna
    from optuna.storages.journal import JournalFileBackend, JournalStorage

    journal = JournalStorage(JournalFileBackend(str(storage)))
    names = optuna.get_all_study_names(journal)
    if len(names) > 1:
        raise ValueError(f"it holds {len(names)} studies: {', '.join(names)}")
    return optuna.load_study(study_name=names[0], storage=journal) if names else None


def read_all_trials(folder: Path, *, asked: int = 0) -> Trials:
    """The trials of a run's folder: of its study, and of those of further spaces one after another.

    Raises:
        ValueError: a journal is missing, broken, or holds no study of error and latency; says which.
    """
    journals = [folder / "study.journal", *sorted(folder.glob("spaces/*/study.journal"))]
    parts, before, places = [read_trials(journal, asked=asked) for journal in journals], 0, []
    for part in parts:
        places.append(part.places + before)
        before += part.count
    return Trials(
        objectives=np.concatenate([part.objectives for part in parts]),
        feasible=np.concatenate([part.feasible for part in parts]),
        places=np.concatenate(places),
        count=before,
    )


def read_trials(journal: Path, *, asked: int = 0) -> Trials:
    """The trials of a search's journal, which is only read; the finished search was `asked` for so many.

    Raises:
        ValueError: the journal is missing, broken, or holds no study of error and latency; says which.
    """
    if not journal.exists():  # Optuna would make an empty one
        raise ValueError(f"{journal.name} is missing")
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        study = load_study(journal)
        if study is None:
            raise ValueError("it holds no study")
        trials = study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,))
    except (ValueError, KeyError, TypeError, AssertionError, OSError) as error:
        raise ValueError(f"{journal.name} cannot be read ({error})") from None
    finally:
        optuna.logging.set_verbosity(before)
    values = [trial.values for trial in trials]
    if not values or len(values[0]) < 2:
        raise ValueError(f"{journal.name} holds no finished trials with an error and a latency")
    places = np.array([_place(trial) for trial in trials])
    order = np.argsort(places, kind="stable")
    return Trials(
        objectives=np.array([each[:2] for each in values], dtype=float)[order],
        feasible=np.array([_is_feasible(trial) for trial in trials])[order],
        places=places[order],
        count=max(asked, int(places.max())),
    )


def _place(trial: Any) -> int:
    kept = trial.user_attrs.get("number")
    return 1 + (kept if isinstance(kept, int) and kept >= 0 else int(trial.number))


def _is_feasible(trial: Any) -> bool:
    return all(value <= 0 for value in (getattr(trial, "constraints", None) or {}).values())

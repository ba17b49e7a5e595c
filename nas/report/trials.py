"""How the search went: the hypervolume after each trial of a run's study."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nas.search.front import hypervolume, pareto_mask
from nas.search.journal import load_study


@dataclass(frozen=True, kw_only=True)
class Trials:
    """Kept trials in order: `objectives` (n, 2), error in percent and upper latency end in ms; `feasible` (n,).

    `places` (n,) counts them from 1 among all `count` trials: a long search keeps those alone that joined its front.
    """

    objectives: np.ndarray
    feasible: np.ndarray
    places: np.ndarray
    count: int


def read_all_trials(folder: Path, *, asked: int = 0) -> Trials:
    """The trials of a run's folder: of its study, and of those of further spaces one after another.

    Raises:
        ValueError: see `read_trials`.
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


@dataclass(frozen=True, kw_only=True)
class Growth:
    """Hypervolume in percent of the box up to `reference` (error, latency): `trial` and `share` at each rise."""

    trial: tuple[int, ...]
    share: tuple[float, ...]
    reference: tuple[float, float]


def growth(trials: Trials, *, budget_ms: float | None) -> Growth:
    """How the hypervolume of the trials within the constraints grew.

    The box reaches from (0, 0) to the worst error met and the budget, or the largest latency met without one.
    """
    points = trials.objectives[trials.feasible]
    if not len(points):
        return Growth(trial=(), share=(), reference=(100.0, budget_ms or 1.0))
    # a little beyond the worst, so that the worst counts
    reference = (min(100.0, float(points[:, 0].max()) * 1.001), budget_ms or float(points[:, 1].max()) * 1.001)
    front, rises = np.empty((0, 2)), [(1, 0.0)]
    for position in np.flatnonzero(trials.feasible):
        point = trials.objectives[position]
        if len(front) and (front <= point).all(axis=1).any():
            continue
        front = np.vstack([front, point])
        front = front[pareto_mask(front)]
        rises.append((int(trials.places[position]), share_of(front, reference)))
    rises.append((trials.count, rises[-1][1]))
    return Growth(trial=tuple(at for at, _ in rises), share=tuple(value for _, value in rises), reference=reference)


def share_of(objectives: np.ndarray, reference: tuple[float, float]) -> float:
    """Hypervolume of `objectives`, shape (n, 2), in percent of the box up to `reference`."""
    return 100 * hypervolume(objectives, reference) / (reference[0] * reference[1])

"""Who evaluates the networks of a search: this process, more processes, a Ray cluster.

An engine is one file with a crew and one entry in `CREWS`. All of them leave the same files and find the same front.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nas.disk.locks import need_locks
from nas.errors import UserError
from nas.search.engines.leader import Crew, LeadingJudge
from nas.search.judge import AccuracyJudge
from search_space import SearchSpace
from search_space.checks import did_you_mean

LOCAL = "local"
DEFAULT_WORKERS = 8  # at most; as many as a search asks for at a time


@dataclass(frozen=True, kw_only=True)
class EngineConfig:
    """An engine by name, its number of workers (None: one per core, at most 8), and Ray's address (None: here)."""

    name: str = LOCAL
    workers: int | None = None
    address: str | None = None

    def __post_init__(self) -> None:
        known = (LOCAL, *CREWS)
        if self.name not in known:
            raise UserError(
                f"unknown engine {self.name!r}{did_you_mean(self.name, known)}; known: {', '.join(known)}"
            )
        if self.workers is not None and self.workers < 1:
            raise UserError(f"workers must be at least 1, got {self.workers}", fields=("workers",))
        if self.workers is not None and self.name == LOCAL:
            raise UserError("workers needs engine processes or ray", fields=("workers", "engine"))
        if self.address is not None and self.name != "ray":
            raise UserError("address needs engine ray", fields=("address", "engine"))

    @property
    def crew_size(self) -> int:
        """Workers to start."""
        return self.workers or min(DEFAULT_WORKERS, os.cpu_count() or 1)


StartCrew = Callable[[str, EngineConfig, AccuracyJudge, SearchSpace, Path], Crew]


def _processes(name: str, engine: EngineConfig, accuracy: AccuracyJudge, space: SearchSpace, folder: Path) -> Crew:
    """Processes of this machine."""
    from nas.search.engines.processes import Processes

    del name
    return Processes(folder, space, accuracy, engine.crew_size)


def _ray(name: str, engine: EngineConfig, accuracy: AccuracyJudge, space: SearchSpace, folder: Path) -> Crew:
    """Actors on a Ray cluster."""
    from nas.search.engines.on_ray import RayCrew

    del space, folder
    return RayCrew(name, accuracy, workers=engine.crew_size, address=engine.address)


CREWS: dict[str, StartCrew] = {"processes": _processes, "ray": _ray}


@contextmanager
def opened(
    engine: EngineConfig, accuracy: AccuracyJudge, *, space: SearchSpace, folder: Path
) -> Iterator[AccuracyJudge]:
    """`accuracy` as that engine evaluates it, for the search in `folder`.

    Raises:
        UserError: there is nothing to share between workers, or they cannot be started.
    """
    if engine.name == LOCAL:
        yield accuracy
        return
    if accuracy.cheap:
        raise UserError(
            f"engine {engine.name} needs accuracy: without a supernet accuracies are predicted, which one "
            "process does sooner than it could share them",
            fields=("engine", "accuracy"),
        )
    need_locks(f"--engine {engine.name}")

    def start(name: str) -> Crew:
        return CREWS[engine.name](name, engine, accuracy, space, folder)

    with LeadingJudge(accuracy, space=space, folder=folder, start=start) as judge:
        yield judge

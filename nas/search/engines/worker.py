"""A worker: takes networks from the queue of a search and evaluates them until its leader is through or gone."""

import time
from collections.abc import Callable
from pathlib import Path

from nas.disk.locks import need_locks
from nas.errors import UserError
from nas.search.engines.members import is_led, member
from nas.search.engines.queue import FINISHED, EvaluationQueue
from nas.search.judge import AccuracyJudge
from search_space import SearchSpace

POLL = 0.01  # seconds between two looks into the queue
JOIN_WAIT = 10.0  # seconds in which a search that has just begun may become one that wants workers


def work(
    folder: Path,
    space: SearchSpace,
    accuracy: AccuracyJudge,
    *,
    wanted: Callable[[], bool],
    on_evaluation: Callable[[], None] = lambda: None,
) -> bool:
    """Evaluate while `wanted`; whether the search was finished by then.

    Raises:
        UserError: an evaluation failed; the search is told, too.
    """
    queue = EvaluationQueue(folder, space)
    with member(folder) as name:
        while wanted():
            task = queue.take(name)
            if task is None:
                time.sleep(POLL)
                continue
            try:
                found = accuracy([task.arch])[0]
            except Exception as error:
                queue.fail(task, f"{type(error).__name__}: {error}")
                raise UserError(f"an evaluation failed: {type(error).__name__}: {error}") from error
            queue.finish(task, found)
            on_evaluation()
    return queue.state == FINISHED


def join(
    folder: Path, space: SearchSpace, accuracy: AccuracyJudge, *, on_evaluation: Callable[[], None] = lambda: None
) -> bool:
    """Work for the search that runs in `folder`; whether it was finished in the end.

    Raises:
        UserError: no search runs there, or one that has no use for workers.
    """
    need_locks("--join")
    if accuracy.cheap:
        raise UserError(
            "join needs accuracy: predicted ones leave nothing to share, a supernet's do", fields=("join", "accuracy")
        )
    until = time.monotonic() + JOIN_WAIT
    while not is_led(folder):
        if not (folder / "config.json").exists():
            raise UserError(f"no search runs in {folder}; start it without --join")
        if time.monotonic() > until:
            raise UserError(
                f"no search that takes workers runs in {folder}; one that does is started by --engine processes or "
                "--engine ray, in the same folder: it goes on where another engine was stopped"
            )
        time.sleep(POLL)
    return work(folder, space, accuracy, wanted=lambda: is_led(folder), on_evaluation=on_evaluation)

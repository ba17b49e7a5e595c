"""The judge of a search that has helpers: puts networks into the queue and waits until a crew has evaluated them.

The search asks whole batches and does not see who evaluates them, when, or how often a worker was lost on the way.
That is why every engine ends with the same front, with any number of workers.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol, runtime_checkable

from nas.errors import UserError
from nas.search.engines.members import clear_dead, leading, lives, member
from nas.search.engines.queue import FINISHED, EvaluationQueue
from nas.search.judge import Accuracy, AccuracyJudge
from search_space import ArchConfig, SearchSpace, arch_cost

LOOK_AFTER = 0.5  # seconds between two looks for workers that are gone
MAX_LOST = 3  # workers that one network may cost


class Crew(Protocol):
    """What takes networks from a queue and files their accuracies."""

    def tend(self, queue: EvaluationQueue) -> None:
        """A moment's work, some hundredths of a second; called as long as results are missing."""
        ...

    def close(self) -> None:
        """Let all workers go."""
        ...


@runtime_checkable
class Remembers(Protocol):
    """A judge that keeps evaluations from one search to the next."""

    def recall(self, arch: ArchConfig) -> Accuracy | None:
        """What was evaluated before."""
        ...

    def learn(self, arch: ArchConfig, accuracy: Accuracy) -> None:
        """Keep what another process evaluated."""
        ...


class LeadingJudge:
    """Accuracies by a crew; nothing is started before the first network is asked for.

    Args:
        accuracy: evaluates one network; workers have one like it.
        start: makes the crew, told the name under which this process signed on.
    """

    cheap = False

    def __init__(
        self, accuracy: AccuracyJudge, *, space: SearchSpace, folder: Path, start: Callable[[str], Crew]
    ) -> None:
        self._accuracy, self._space, self._folder, self._start = accuracy, space, folder, start
        self._known: dict[str, Accuracy] = {}
        self._stack = ExitStack()
        self._running: tuple[EvaluationQueue, Crew] | None = None
        self._looked_after = 0.0

    def __enter__(self) -> "LeadingJudge":
        self._stack.enter_context(leading(self._folder))
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._running is not None and kind is None:
            self._running[0].announce(FINISHED)
        self._stack.close()
        clear_dead(self._folder)

    def __call__(self, archs: Sequence[ArchConfig]) -> list[Accuracy]:
        """Accuracies in the order of `archs`.

        Raises:
            UserError: an evaluation failed, or workers are lost again and again.
        """
        missing = {arch.arch_id: arch for arch in archs if not self._knows(arch)}
        if missing:
            queue, crew = self._running or self._open()
            # the longest first, so that the last one of a batch is not waited for alone
            queue.put(sorted(missing.values(), key=lambda arch: -arch_cost(arch).macs))
            while missing:
                self._take_in(queue, missing)
                if missing:
                    crew.tend(queue)
                    self._look_after(queue)
        return [self._known[arch.arch_id] for arch in archs]

    def describe(self) -> str:
        """As the judge that evaluates."""
        return self._accuracy.describe()

    def _open(self) -> tuple[EvaluationQueue, Crew]:
        name = self._stack.enter_context(member(self._folder))
        queue = EvaluationQueue(self._folder, self._space)
        queue.announce("running")
        crew = self._start(name)
        self._stack.callback(crew.close)
        self._running = queue, crew
        return self._running

    def _knows(self, arch: ArchConfig) -> bool:
        if arch.arch_id not in self._known and isinstance(self._accuracy, Remembers):
            found = self._accuracy.recall(arch)
            if found is not None:
                self._known[arch.arch_id] = found
        return arch.arch_id in self._known

    def _take_in(self, queue: EvaluationQueue, missing: dict[str, ArchConfig]) -> None:
        for arch_id, accuracy in queue.results(missing).items():
            self._known[arch_id] = accuracy
            arch = missing.pop(arch_id)
            if isinstance(self._accuracy, Remembers):
                self._accuracy.learn(arch, accuracy)
        message = queue.error()
        if message is not None:
            raise UserError(f"an evaluation failed: {message}")

    def _look_after(self, queue: EvaluationQueue) -> None:
        """Let networks of lost workers wait again."""
        if time.monotonic() - self._looked_after < LOOK_AFTER:
            return
        self._looked_after = time.monotonic()
        queue.give_back_lost(lambda worker: lives(self._folder, worker))
        for arch_id, times in queue.lost.items():
            if times >= MAX_LOST:
                raise UserError(
                    f"{times} workers were lost on network {arch_id}; is memory short? try fewer --workers"
                )

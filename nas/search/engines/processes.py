"""Engine `processes`: worker processes of this machine."""

import multiprocessing
import os
import signal
import sys
import time
from contextlib import suppress
from multiprocessing.process import BaseProcess
from pathlib import Path

from nas.errors import UserError
from nas.search.engines.members import is_led
from nas.search.engines.queue import EvaluationQueue
from nas.search.engines.worker import POLL, work
from nas.search.judge import AccuracyJudge
from search_space import SearchSpace

MAX_DEATHS = 3  # per worker, without a result in between


class Processes:
    """Keeps that many workers running; one that dies is replaced."""

    def __init__(self, folder: Path, space: SearchSpace, accuracy: AccuracyJudge, workers: int) -> None:
        # spawned, not forked: torch and Optuna have threads and open files that a fork would share
        self._context = multiprocessing.get_context("spawn")
        threads = max(1, (os.cpu_count() or 1) // workers)
        self._arguments = folder, space, accuracy, threads
        self._processes: list[BaseProcess] = [self._started() for _ in range(workers)]
        self._deaths = self._results = 0

    def tend(self, queue: EvaluationQueue) -> None:
        """Wait a moment and replace the dead."""
        time.sleep(POLL)
        for index, process in enumerate(self._processes):
            if not process.is_alive():
                self._count(process, queue.finished())
                self._processes[index] = self._started()

    def close(self) -> None:
        """End all."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.join()

    def _started(self) -> BaseProcess:
        process = self._context.Process(target=_work, args=self._arguments, daemon=True)
        process.start()
        return process

    def _count(self, process: BaseProcess, results: int) -> None:
        self._deaths = 1 if results > self._results else self._deaths + 1
        self._results = results
        if self._deaths > MAX_DEATHS * len(self._processes):
            raise UserError(f"worker processes die before they evaluate anything (exit code {process.exitcode})")


def _work(folder: Path, space: SearchSpace, accuracy: AccuracyJudge, threads: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the leader, which ends its workers
    if "torch" in sys.modules:
        import torch

        torch.set_num_threads(threads)
    parent = multiprocessing.parent_process()
    assert parent is not None
    with suppress(UserError):  # the leader was told and says it
        work(folder, space, accuracy, wanted=lambda: parent.is_alive() and is_led(folder))

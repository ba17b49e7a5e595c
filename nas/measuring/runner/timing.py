"""Timing a model that this process runs itself."""

from __future__ import annotations

import gc
import statistics
import time
from typing import Callable

from nas.measuring.runner.errors import ModelError
from nas.measuring.runner.protocol import MeasuringProtocol
from nas.measuring.runner.system import one_line


class Timed:
    """A model that this process runs itself: a call that executes it once."""

    def __init__(self, run: Callable[[], object]) -> None:
        self._run = run

    def warm_up(self, protocol: MeasuringProtocol) -> float:
        """Run until three medians in a row agree within 2 %; the last median in ms."""
        start, medians = time.perf_counter(), []
        while True:
            times = []
            for _ in range(3):
                before = time.perf_counter()
                self._call()
                times.append((time.perf_counter() - before) * 1e3)
            medians.append(statistics.median(times))
            elapsed_ms = (time.perf_counter() - start) * 1e3
            recent = medians[-3:]
            settled = len(recent) == 3 and max(recent) <= 1.02 * min(recent)
            if (settled and elapsed_ms >= protocol.warm_up_ms) or elapsed_ms >= protocol.max_warm_up_ms:
                return medians[-1]

    def visit(self, count: int) -> tuple[list[int], list[int], list[int]]:
        """One discarded run, then `count` timed ones: wall ns, CPU ns, involuntary context switches."""
        self._call()
        run, found = self._run, []
        collecting = gc.isenabled()
        gc.disable()
        try:
            for _ in range(count):
                switches, cpu, wall = _switches(), time.thread_time_ns(), time.perf_counter_ns()
                run()
                wall = time.perf_counter_ns() - wall
                found.append((max(1, wall), max(1, time.thread_time_ns() - cpu), _switches() - switches))
        except Exception as error:  # the runtimes' errors share no base class
            raise ModelError(f"cannot run: {one_line(error)}") from error
        finally:
            if collecting:
                gc.enable()
        wall_ns, cpu_ns, during = zip(*found)
        return list(wall_ns), list(cpu_ns), list(during)

    def _call(self) -> None:
        try:
            self._run()
        except Exception as error:
            raise ModelError(f"cannot run: {one_line(error)}") from error


def _switches() -> int:
    """Involuntary context switches of this process so far; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw

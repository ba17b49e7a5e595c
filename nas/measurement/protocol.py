"""The interleaved measuring protocol: rounds over a shuffled group of loaded models, every visit kept on disk.

Google Benchmark's random interleaving, with preempted runs recognised by their context switches, per-round drift
removed afterwards (`statistics`), and groups of models linked by anchors that are measured in each of them.
"""

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from nas.measurement.journal import Journal
from nas.measurement.statistics import NOISY_CV, Visit, estimate

Run = Callable[[], object]


@dataclass(frozen=True, kw_only=True)
class MeasuringProtocol:
    """How long and how often; times in ms. Two rounds at least: the noise floor comes from odd and even rounds."""

    rounds: int = 8
    extra_rounds: int = 4  # once more for models whose rounds disagree
    visit_ms: float = 12.0
    min_runs: int = 3
    max_runs: int = 40
    warm_up_ms: float = 50.0
    max_warm_up_ms: float = 2000.0
    threads: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        for name, low in (("rounds", 2), ("extra_rounds", 0), ("min_runs", 1), ("threads", 1), ("seed", 0)):
            if getattr(self, name) < low:
                raise ValueError(f"{name} must be at least {low}, got {getattr(self, name)!r}")
        if self.max_runs < self.min_runs:
            raise ValueError(f"max_runs must be at least min_runs ({self.min_runs}), got {self.max_runs!r}")
        for name in ("visit_ms", "warm_up_ms", "max_warm_up_ms"):
            if not 0 < getattr(self, name) < float("inf"):
                raise ValueError(f"{name} must be positive and finite, got {getattr(self, name)!r}")


def measure_group(
    group: int,
    runs: Mapping[str, Run],
    anchors: tuple[str, ...],
    journal: Journal,
    protocol: MeasuringProtocol,
    on_visit: Callable[[], None],
) -> None:
    """Measure the models of one group; visits that the journal already holds are not repeated.

    `runs` maps model to a call that executes it once; `anchors` are among them.
    """
    done = {(visit.model, visit.round) for visit in journal.visits if visit.group == group}
    typical_ms = {model: _warm_up(run, protocol) for model, run in runs.items()}
    for number in range(protocol.rounds):
        _round(group, number, runs, typical_ms, done, journal, protocol, on_visit)
    planned = [v for v in journal.visits if v.group == group and v.round < protocol.rounds]
    found = estimate(planned, threads=protocol.threads)
    noisy = {model for model, result in found.items() if result.cv > NOISY_CV}
    again = {model: run for model, run in runs.items() if model in noisy or (noisy and model in anchors)}
    for number in range(protocol.rounds, protocol.rounds + protocol.extra_rounds):
        _round(group, number, again, typical_ms, done, journal, protocol, lambda: None)


def _round(
    group: int,
    number: int,
    runs: Mapping[str, Run],
    typical_ms: Mapping[str, float],
    done: set[tuple[str, int]],
    journal: Journal,
    protocol: MeasuringProtocol,
    on_visit: Callable[[], None],
) -> None:
    order = np.random.default_rng([protocol.seed, group, number]).permutation(sorted(runs)).tolist()
    for model in order:
        if (model, number) not in done:
            count = int(np.clip(protocol.visit_ms / typical_ms[model], protocol.min_runs, protocol.max_runs))
            journal.add(Visit(model, group, number, *_visit(runs[model], count)))
            on_visit()


def _warm_up(run: Run, protocol: MeasuringProtocol) -> float:
    """Run until three medians in a row agree within 2 %; the last median in ms."""
    start, medians = time.perf_counter(), list[float]()
    while True:
        times = []
        for _ in range(3):
            before = time.perf_counter()
            run()
            times.append((time.perf_counter() - before) * 1e3)
        medians.append(float(np.median(times)))
        elapsed_ms = (time.perf_counter() - start) * 1e3
        recent = medians[-3:]
        settled = len(recent) == 3 and max(recent) <= 1.02 * min(recent)
        if (settled and elapsed_ms >= protocol.warm_up_ms) or elapsed_ms >= protocol.max_warm_up_ms:
            return medians[-1]


def _visit(run: Run, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One discarded run, then `count` timed ones: wall ns, CPU ns, involuntary context switches."""
    run()
    result = np.empty((3, count), dtype=np.int64)
    collecting = gc.isenabled()
    gc.disable()
    try:
        for index in range(count):
            switches, cpu, wall = _switches(), time.thread_time_ns(), time.perf_counter_ns()
            run()
            result[0, index] = time.perf_counter_ns() - wall
            result[1, index] = max(1, time.thread_time_ns() - cpu)
            result[2, index] = _switches() - switches
    finally:
        if collecting:
            gc.enable()
    return result[0], result[1], result[2]


def _switches() -> int:
    """Involuntary context switches of this process so far; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw

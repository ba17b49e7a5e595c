"""An operation that is always the same, as a sensor of how fast the machine is at a moment."""

from __future__ import annotations

import functools
import statistics
import time
from typing import Callable

from nas.measuring.runner.journal import Journal

REFERENCE = "64x64 float32 matrix product, 20 times, median of 9"


def note_reference(journal: Journal, group: int, number: int) -> None:
    """Time the reference operation, a sensor of how fast the machine is at this moment; where numpy is."""
    call = _reference_call()
    if call is None:
        return
    times = []
    for _ in range(9):
        before = time.perf_counter_ns()
        call()
        times.append(time.perf_counter_ns() - before)
    journal.note_reference(group, number, int(statistics.median(times)))


@functools.lru_cache(maxsize=None)
def _reference_call() -> Callable[[], None] | None:
    try:
        import numpy as np
    except ImportError:
        return None
    matrix = np.random.default_rng(0).standard_normal((64, 64)).astype("float32")  # too small for threads
    product = np.empty_like(matrix)

    def call() -> None:
        for _ in range(20):
            np.matmul(matrix, matrix, product)

    return call

"""Rows whose truth is known, for every kind of model."""

from collections.abc import Callable

import numpy as np
import pytest

TRUTH = np.array([2.0, 0.5, 1.5, 0.0])


@pytest.fixture(scope="session")
def rows() -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    """`rows(n, noise=0.0, seed=0)`: a design (n, 4) with a constant, and latencies 2 + 0.5 a + 1.5 b times noise."""

    def made(n: int, *, noise: float = 0.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng(seed)
        design = np.concatenate([np.ones((n, 1)), rng.uniform(0, 10, (n, 3))], axis=1)
        return design, design @ TRUTH * np.exp(noise * rng.standard_normal(n))

    return made

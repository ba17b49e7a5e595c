"""Clean runs, median polish, noisy models."""

import numpy as np
import pytest

from nas.measuring.estimate import estimate
from nas.measuring.runner.protocol import Visit
from nas.measuring.runner.statistics import NOISY_CV, clean_runs_ns, median_polish, noisy_models


def visit(
    model: str, number: int, wall_ms: float | list[float], *, group: int = 0, switches: list[int] | None = None
) -> Visit:
    wall_ns = [int(1e6 * ms) for ms in (wall_ms if isinstance(wall_ms, list) else [wall_ms] * 3)]
    return Visit(model, group, number, wall_ns, [ns // 2 for ns in wall_ns], switches or [0] * len(wall_ns))


def test_preempted_runs_are_left_out() -> None:
    found = clean_runs_ns(visit("a", 0, [1, 2, 3, 90], switches=[0, 0, 0, 2]), threads=1)
    assert found == [1e6, 2e6, 3e6]


@pytest.mark.parametrize(("threads", "expected"), [(1, [0.5e6, 1e6, 45e6]), (2, [1e6, 2e6, 90e6])])
def test_too_few_clean_runs_fall_back(threads: int, expected: list[float]) -> None:
    assert clean_runs_ns(visit("a", 0, [1, 2, 90], switches=[0, 0, 2]), threads=threads) == expected


def test_median_polish_recovers_additive_effects_despite_an_outlier() -> None:
    rows, columns = np.array([0.0, 1.0, 2.0, 5.0, 7.0]), np.array([-0.2, -0.1, 0.0, 0.1, 0.3])
    cells = {(f"m{r}", c): row + column for r, row in enumerate(rows) for c, column in enumerate(columns)}
    cells["m2", 3] += 50.0
    del cells["m4", 0]
    found_rows, found_columns = median_polish(cells)
    np.testing.assert_allclose([found_rows[f"m{r}"] for r in range(5)], rows, atol=1e-12)
    np.testing.assert_allclose([found_columns[c] for c in range(5)], columns, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_the_runner_calls_noisy_what_the_statistics_do(seed: int) -> None:
    rng = np.random.default_rng(seed)
    drift, spread = 1 + 0.1 * rng.random(8), {f"m{m}": 0.02 * m for m in range(6)}
    visits = [
        visit(model, r, float(np.exp(rng.normal(0, sigma)) * drift[r]))
        for model, sigma in spread.items()
        for r in range(8)
    ]
    assert noisy_models(visits, 1) == {model for model, found in estimate(visits).items() if found.cv > NOISY_CV}

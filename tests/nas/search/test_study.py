"""A study by one of Optuna's samplers: what is tried first, what is kept, and a kill in between."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nas.runs.trials import load_study
from nas.search.arrays import Judged
from nas.search.pareto import ParetoEvolution
from nas.search.progress import Progress
from nas.search.study import run_study
from search_space import SearchSpace

TRIALS, POPULATION = 25, 10


class KilledError(Exception):
    """What stops a study."""


def judge(genotypes: np.ndarray) -> Judged:
    """Large genes are accurate and slow."""
    total = genotypes.sum(axis=1).astype(float)
    return Judged(objectives=np.stack([100 - total, 1 + total], axis=1), excess={"budget": total / 20 - 1})


def study(
    space: SearchSpace, folder: Path, sampler: str, on_trials: Callable[[int], None] = lambda _done: None
) -> tuple[Progress, ParetoEvolution]:
    cardinalities = [len(gene.choices) for gene in space.genes]
    front = ParetoEvolution(cardinalities, np.random.default_rng(0), population=POPULATION)
    progress = Progress(reference=np.array([100.0, 60.0]), trials=TRIALS, on_trials=on_trials)
    run_study(
        space,
        judge,
        front,
        progress,
        storage=folder / "study.journal",
        metrics=["error, %", "latency, ms"],
        first=[space.encode(space.smallest()), space.encode(space.largest())],
        sampler=sampler,
        population=POPULATION,
        seed=3,
    )
    return progress, front


def kept(folder: Path) -> list[tuple[object, ...]]:
    found = load_study(folder / "study.journal")
    assert found is not None
    return [(tuple(each.params.items()), tuple(each.values), each.user_attrs["arch_id"]) for each in found.trials]


def test_every_trial_is_kept_as_it_was_judged(tiny_space: SearchSpace, tmp_path: Path) -> None:
    progress, front = study(tiny_space, tmp_path, "random")
    trials = kept(tmp_path)
    assert progress.done == len(trials) == TRIALS
    for params, values, arch_id in trials:
        genotype = [value for _, value in params]  # type: ignore[attr-defined]
        assert [name for name, _ in params] == [gene.name for gene in tiny_space.genes]  # type: ignore[attr-defined]
        assert values == (100 - sum(genotype), 1 + sum(genotype))
        assert tiny_space.decode(genotype).arch_id == arch_id
    assert [trials[row][2] for row in (0, 1)] == [tiny_space.smallest().arch_id, tiny_space.largest().arch_id]
    assert front.front is not None
    best = min(values for _, values, _ in trials if values[1] <= 21)  # type: ignore[index,type-var]
    assert front.front.objectives[:, 0].min() == best[0]  # type: ignore[index]


@pytest.mark.parametrize("stop", [10, 20])
@pytest.mark.parametrize("sampler", ["random", "nsga2"])
def test_killed_it_draws_what_it_would_have_drawn(
    tiny_space: SearchSpace, tmp_path: Path, sampler: str, stop: int
) -> None:
    def kill(done: int) -> None:
        if done == stop:
            raise KilledError

    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        folder.mkdir()
    wanted, _ = study(tiny_space, whole, sampler)
    with pytest.raises(KilledError):
        study(tiny_space, killed, sampler, kill)
    found, _ = study(tiny_space, killed, sampler)
    assert kept(killed) == kept(whole)
    assert found.curve == wanted.curve

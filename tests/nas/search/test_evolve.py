"""Whole batches of genotypes: asked, judged, told and written; a kill in between; an end before the last trial."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nas.runs.trials import load_study
from nas.search.arrays import ArrayJudge, Judged
from nas.search.evolve import run_evolution
from nas.search.pareto import ParetoEvolution
from nas.search.progress import Progress
from search_space import SearchSpace

TRIALS, BATCH = 25, 10


class KilledError(Exception):
    """What stops a search."""


def judge(genotypes: np.ndarray) -> Judged:
    """Large genes are accurate and slow."""
    total = genotypes.sum(axis=1).astype(float)
    return Judged(objectives=np.stack([100 - total, 1 + total], axis=1), excess={"budget": total / 20 - 1})


def evolve(
    space: SearchSpace,
    folder: Path,
    *,
    on_trials: Callable[[int], None] = lambda _done: None,
    judging: ArrayJudge = judge,
    cardinalities: list[int] | None = None,
    patience: int | None = None,
) -> Progress:
    choices = cardinalities or [len(gene.choices) for gene in space.genes]
    progress = Progress(reference=np.array([100.0, 60.0]), trials=TRIALS, on_trials=on_trials)
    run_evolution(
        space,
        judging,
        ParetoEvolution(choices, np.random.default_rng(0), population=10),
        progress,
        storage=folder / "study.journal",
        metrics=["error, %", "latency, ms"],
        batch=BATCH,
        patience=patience,
    )
    return progress


def kept(folder: Path) -> list[tuple[object, ...]]:
    found = load_study(folder / "study.journal")
    assert found is not None
    return [(tuple(each.params.items()), tuple(each.values)) for each in found.trials]


def test_every_trial_is_judged_once_and_kept(tiny_space: SearchSpace, tmp_path: Path) -> None:
    heard = list[int]()
    progress = evolve(tiny_space, tmp_path, on_trials=heard.append)
    trials = kept(tmp_path)
    assert (heard, progress.done) == ([10, 20, 25], TRIALS)
    assert len({params for params, _ in trials}) == len(trials) == TRIALS
    for params, values in trials:
        total = sum(value for _, value in params)  # type: ignore[attr-defined]
        assert values == (100 - total, 1 + total)


@pytest.mark.parametrize("stop", [10, 20])
def test_killed_it_appends_what_is_missing(tiny_space: SearchSpace, tmp_path: Path, stop: int) -> None:
    def kill(done: int) -> None:
        if done == stop:
            raise KilledError

    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        folder.mkdir()
    wanted = evolve(tiny_space, whole)
    with pytest.raises(KilledError):
        evolve(tiny_space, killed, on_trials=kill)
    assert kept(killed) == kept(whole)[:stop]
    assert evolve(tiny_space, killed).curve == wanted.curve
    assert kept(killed) == kept(whole)


def test_an_exhausted_space_ends_the_search(tiny_space: SearchSpace, tmp_path: Path) -> None:
    two = [index for index, gene in enumerate(tiny_space.genes) if len(gene.choices) > 1][:2]
    choices = [2 if index in two else 1 for index in range(len(tiny_space.genes))]
    assert evolve(tiny_space, tmp_path, cardinalities=choices).done == len(kept(tmp_path)) == 4


def test_a_front_that_does_not_grow_ends_the_search(tiny_space: SearchSpace, tmp_path: Path) -> None:
    def flat(genotypes: np.ndarray) -> Judged:
        objectives = np.tile([50.0, 5.0], (len(genotypes), 1))
        return Judged(objectives=objectives, excess={"budget": np.zeros(len(genotypes))})

    assert evolve(tiny_space, tmp_path, judging=flat, patience=BATCH).done == 2 * BATCH
    assert len(kept(tmp_path)) == 2 * BATCH

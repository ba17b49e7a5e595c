"""Pareto evolution as a sampler of Optuna: any study, one that exists already, trials of all kinds."""

from itertools import product

import numpy as np
import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState, create_trial

from nas.search.front import hypervolume
from nas.search.sampler import ParetoSampler, told_of

GAINS, COSTS = np.array([3, 2, 2, 1, 1, 1]), np.array([1, 3, 1, 2, 1, 4])
REFERENCE = (31.0, 37.0)


def objectives(genotypes: np.ndarray) -> np.ndarray:
    """What is lost by small genes, and what large ones cost: whole numbers, equal on every machine."""
    return np.stack([30 - genotypes @ GAINS, genotypes @ COSTS], axis=1).astype(float)


TRUE = hypervolume(objectives(np.array(list(product(range(4), repeat=6)))), REFERENCE)


def space() -> dict[str, optuna.distributions.BaseDistribution]:
    plain = {f"g{i}": IntDistribution(10, 40, step=10) for i in range(5)}
    return {**plain, "g5": CategoricalDistribution(("a", "b", "c", "d"))}


def run(study: optuna.Study, count: int) -> None:
    for _ in range(count):
        trial = study.ask(space())
        genes = [trial.params[f"g{i}"] // 10 - 1 for i in range(5)] + ["abcd".index(trial.params["g5"])]
        first, second = objectives(np.array([genes]))[0]
        study.tell(trial, [30 - first, second])


def study_of(seed: int) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = ParetoSampler(space(), seed=seed, population=20)
    return optuna.create_study(directions=["maximize", "minimize"], sampler=sampler)


def test_the_sampler_serves_any_study_of_optuna() -> None:
    study = study_of(0)
    run(study, 300)
    params = [tuple(trial.params.values()) for trial in study.trials]
    assert len(set(params)) == 300
    points = np.array([[30 - trial.values[0], trial.values[1]] for trial in study.trials])
    assert hypervolume(points, REFERENCE) / TRUE > 0.97


def test_the_sampler_is_rebuilt_from_a_study() -> None:
    study = study_of(0)
    run(study, 100)
    study.sampler = ParetoSampler(space(), seed=9, population=20)
    run(study, 100)
    params = [tuple(trial.params.values()) for trial in study.trials]
    assert len(set(params)) == 200
    assert isinstance(study.sampler, ParetoSampler)
    assert len(study.sampler.evolution.survivors or []) == 20


def test_the_sampler_refuses_what_it_cannot_vary() -> None:
    with pytest.raises(ValueError, match="parameter 'x': Pareto evolution takes whole numbers and categories"):
        ParetoSampler({"x": FloatDistribution(0, 1)}, seed=0)


def test_trials_as_arrays() -> None:
    """Genes by index, objectives that are maximised turned, only what exceeds counted."""
    distributions = {"depth": IntDistribution(10, 40, step=10), "kind": CategoricalDistribution(("a", "b"))}
    trials = [
        create_trial(params=params, distributions=distributions, values=values)
        for params, values in (({"depth": 40, "kind": "a"}, [70.0, 2.0]), ({"depth": 10, "kind": "b"}, [60.0, 1.0]))
    ]
    found = told_of(trials, distributions, np.array([-1.0, 1.0]))
    assert found.genotypes.tolist() == [[3, 0], [0, 1]]
    assert found.objectives.tolist() == [[-70.0, 2.0], [-60.0, 1.0]]
    assert found.violations.tolist() == [0.0, 0.0]


def test_trials_that_failed_are_not_told_and_running_ones_are_once_they_end() -> None:
    study = study_of(0)
    running = study.ask(space())
    study.tell(study.ask(space()), state=TrialState.FAIL)
    run(study, 1)
    sampler = ParetoSampler(space(), seed=1, population=20)
    study.sampler = sampler
    study.ask(space())
    assert len(sampler.evolution.survivors or []) == 1
    study.tell(running, [30.0, 0.0])
    for _ in range(10):  # what was made ahead is used up
        study.ask(space())
    assert len(sampler.evolution.survivors or []) == 2

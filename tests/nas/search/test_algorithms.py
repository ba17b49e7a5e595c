"""Search algorithms by name."""

import optuna
import pytest

from nas.errors import UserError
from nas.search.algorithms import SHORT, check_sampler, optuna_sampler, sampler_name


@pytest.mark.parametrize("name", ["pareto", *SHORT, "QMCSampler"])
def test_known_names(name: str) -> None:
    check_sampler(name)
    assert sampler_name(name) == name


@pytest.mark.parametrize("name", ["magic", "RandomSamplers", "create_trial"])
def test_unknown_names_are_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(UserError, match=rf"unknown algorithm '{name}'.*; known: pareto, {', '.join(SHORT)}, or"):
        check_sampler(name)


def test_a_near_miss_is_suggested() -> None:
    with pytest.raises(UserError, match="nsga2'"):
        check_sampler("nsga-2")


def test_short_names_are_optuna_s_classes() -> None:
    for short, name in SHORT.items():
        assert type(optuna_sampler(short, 0, 10)).__name__ == name


def test_an_object_serves_as_it_is() -> None:
    own = optuna.samplers.RandomSampler(seed=3)
    check_sampler(own)
    assert sampler_name(own) == "RandomSampler"
    assert optuna_sampler(own, 0, 10) is own


def test_the_seed_decides_what_is_drawn() -> None:
    def drawn(seed: int) -> list[float]:
        study = optuna.create_study(sampler=optuna_sampler("random", seed, 10))
        return [study.ask().suggest_float("x", 0, 1) for _ in range(3)]

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    assert drawn(1) == drawn(1) != drawn(2)


def test_a_sampler_that_needs_more_than_a_seed_is_refused() -> None:
    check_sampler("GridSampler")
    with pytest.raises(UserError, match=r"algorithm 'GridSampler' cannot be made from a seed alone: .*search_space"):
        optuna_sampler("GridSampler", 0, 10)

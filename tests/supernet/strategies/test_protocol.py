"""What every recipe promises: plans of the size it says, a teacher first, the run's passes, fair draws."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from search_space import ArchConfig, Genotype, SearchSpace, named_space
from supernet import FairSampler, TrainConfig, run_length
from supernet.strategies import RECIPES, StepContext
from supernet.tasks import DISTILLATIONS

Context = Callable[..., StepContext]


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("progress", [0.0, 0.3, 0.5, 0.99])
def test_plans_have_the_size_they_say_and_a_teacher_first(
    tiny_space: SearchSpace, context: Context, name: str, progress: float
) -> None:
    strategy = RECIPES[name].strategy(tiny_space)
    plan = strategy.plan(context(tiny_space, progress))
    assert len(plan) == strategy.size(progress)
    assert plan[0].target == "labels"
    assert all(entry.arch in tiny_space for entry in plan)


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("passes", [1, 7, 100, 1072])
def test_a_run_uses_its_passes_and_no_more(name: str, passes: int) -> None:
    strategy = RECIPES[name].strategy(named_space("digits"))
    steps = run_length(strategy, TrainConfig(recipe=name, passes=passes), per_epoch=10)
    spent = sum(strategy.size(step / steps) for step in range(steps))
    assert spent <= max(passes, strategy.size(0))
    assert spent > passes - 5


@pytest.mark.parametrize("name", RECIPES)
def test_random_members_are_drawn_by_consecutive_numbers_each_once(
    tiny_space: SearchSpace, context: Context, name: str
) -> None:
    """So every deck of the fair sampler is dealt to its end; a step draws what its recipe says, or less."""
    recipe, steps = RECIPES[name], 40
    strategy, sampler, numbers = recipe.strategy(tiny_space), FairSampler(space=tiny_space, seed=3), list[int]()

    def draw(number: int, **fixed: Any) -> ArchConfig:
        numbers.append(number)
        return sampler.draw(number, **fixed)

    for step in range(steps):
        before = len(numbers)
        strategy.plan(replace(context(tiny_space, step / steps, step * recipe.draws), draw=draw))
        assert len(set(numbers[before:])) <= recipe.draws
    drawn = sorted(set(numbers))
    assert drawn == list(range(drawn[0], drawn[-1] + 1))
    assert len(numbers) == len(drawn)


@pytest.mark.parametrize("name", ["single-path", "single-with-largest", "single-then-pair", "sandwich"])
def test_random_members_of_a_recipe_have_every_choice_equally_often(
    name: str, context: Context, check_fair: Callable[[SearchSpace, Sequence[Genotype]], None]
) -> None:
    space, recipe = named_space("digits"), RECIPES[name]
    strategy = recipe.strategy(space)
    drawn = list[Genotype]()
    for step in range(80):
        plan = strategy.plan(context(space, step / 80, step * recipe.draws))
        drawn += [space.encode(entry.arch) for entry in plan if entry.role == "random"]
    assert len(drawn) >= 60
    check_fair(space, drawn[:60])


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_says_where_it_comes_from_and_what_it_distils_by(name: str) -> None:
    recipe = RECIPES[name]
    assert len(recipe.source.split()) >= 2
    assert recipe.distillation in DISTILLATIONS

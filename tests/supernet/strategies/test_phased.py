"""Recipes of two phases change over in the middle; every fourth step is the largest's where it is said."""

from collections.abc import Callable

import pytest

from search_space import SearchSpace
from supernet.strategies import Pass, StepContext, Strategy
from supernet.strategies.phased import LargestThenSandwich, SingleThenPair, SingleWithLargest

Context = Callable[..., StepContext]


def said(plan: list[Pass]) -> list[tuple[str, str]]:
    return [(entry.role, entry.target) for entry in plan]


@pytest.mark.parametrize(
    ("strategy", "first", "second"),
    [
        (SingleThenPair, [("random", "labels")], [("largest", "labels"), ("random", "teacher")]),
        (
            LargestThenSandwich,
            [("largest", "labels")],
            [("largest", "labels"), ("smallest", "teacher"), ("random", "teacher"), ("random", "teacher")],
        ),
    ],
)
def test_the_second_half_trains_otherwise(
    tiny_space: SearchSpace,
    context: Context,
    strategy: type[Strategy],
    first: list[tuple[str, str]],
    second: list[tuple[str, str]],
) -> None:
    made = strategy(tiny_space)
    assert said(made.plan(context(tiny_space, 0.49))) == first
    assert said(made.plan(context(tiny_space, 0.5))) == second


def test_every_fourth_step_is_the_largest_s(tiny_space: SearchSpace, context: Context) -> None:
    strategy = SingleWithLargest(tiny_space)
    plans = [strategy.plan(context(tiny_space, 0.0, step)) for step in range(8)]
    roles = [entry.role for (entry,) in plans]
    assert roles == ["random", "random", "random", "largest"] * 2
    assert plans[3][0].arch == tiny_space.largest()
    draw = context(tiny_space, 0.0).draw
    assert [entry.arch for (entry,) in plans if entry.role == "random"] == [draw(number) for number in range(6)]

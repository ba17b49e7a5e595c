"""The sandwich rule: both ends and two random members, one pass of them on the labels."""

from collections.abc import Callable

from search_space import SearchSpace
from supernet.strategies import StepContext
from supernet.strategies.sandwich import Sandwich


def test_ends_and_random_members_learn_from_the_largest(
    tiny_space: SearchSpace, context: Callable[..., StepContext]
) -> None:
    seen = context(tiny_space, 0.2, first_draw=6)
    largest, smallest, *drawn = Sandwich(tiny_space).plan(seen)
    assert (largest.arch, largest.target) == (tiny_space.largest(), "labels")
    assert (smallest.arch, smallest.target) == (tiny_space.smallest(), "teacher")
    assert [entry.arch for entry in drawn] == [seen.draw(6), seen.draw(7)]
    assert {entry.target for entry in drawn} == {"teacher"}

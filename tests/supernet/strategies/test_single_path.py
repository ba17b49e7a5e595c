"""Single paths: the step's own random member, on the labels."""

from collections.abc import Callable

from search_space import SearchSpace
from supernet.strategies import Pass, StepContext
from supernet.strategies.single_path import SinglePath


def test_a_step_trains_its_own_member(tiny_space: SearchSpace, context: Callable[..., StepContext]) -> None:
    strategy = SinglePath(tiny_space)
    for number in (0, 5):
        seen = context(tiny_space, 0.7, first_draw=number)
        assert strategy.plan(seen) == [Pass(arch=seen.draw(number), target="labels", role="random")]
    assert {strategy.size(progress) for progress in (0.0, 0.5, 0.99)} == {1}

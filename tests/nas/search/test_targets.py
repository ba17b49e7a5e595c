"""Devices with a latency budget each."""

import pytest

from nas.errors import UserError
from nas.search import Target
from nas.search.targets import targets_of


def test_targets_are_equal_and_come_in_pairs() -> None:
    assert targets_of(["a", "b"], ["10ms", 4]) == (Target(device="a", budget_ms=10), Target(device="b", budget_ms=4))
    with pytest.raises(UserError, match="every device needs its budget, got 2 and 1"):
        targets_of(["a", "b"], ["10ms"])
    with pytest.raises(UserError, match="budget '10' has no unit"):
        Target.of("a", "10")


@pytest.mark.parametrize(("budget", "ms"), [("10ms", 10.0), ("250us", 0.25), ("2s", 2000.0), (0.5, 0.5)])
def test_budgets_are_texts_or_milliseconds(budget: str | float, ms: float) -> None:
    assert Target.of("board", budget).budget_ms == pytest.approx(ms)


@pytest.mark.parametrize("budget", [0, -1.0, float("nan")])
def test_a_budget_is_positive(budget: float) -> None:
    with pytest.raises(UserError, match=f"budget must be positive, got {budget}") as refused:
        Target(device="board", budget_ms=budget)
    assert refused.value.fields == ("budget",)

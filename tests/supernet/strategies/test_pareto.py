"""Attentive sampling picks the best and the worst of members that cost the same."""

from collections.abc import Callable

import numpy as np

from search_space import arch_cost, named_space
from supernet.strategies import RECIPES, StepContext


def test_attentive_sampling_picks_the_best_and_the_worst_at_a_cost(context: Callable[..., StepContext]) -> None:
    """With the loss set to the parameters, best-up takes few of them and worst-up many, at the same MACs."""
    space = named_space("digits")
    found = {}
    for name in ("attentive-best", "attentive-worst"):
        plans = [RECIPES[name].strategy(space).plan(context(space, 0.5, 24 * n)) for n in range(20)]
        archs = [entry.arch for plan in plans for entry in plan if entry.role == "random"]
        costs = [arch_cost(arch) for arch in archs]
        found[name] = (np.mean([c.parameters for c in costs]), np.mean([np.log(c.macs) for c in costs]))
    assert found["attentive-best"][0] < 0.9 * found["attentive-worst"][0]
    assert abs(found["attentive-best"][1] - found["attentive-worst"][1]) < 0.25

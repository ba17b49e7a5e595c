"""Which networks and blocks are measured."""

from nas.measuring.sampling import make_plan
from search_space import named_space


def test_plan_covers_corners_and_splits() -> None:
    space = named_space("digits")
    plan = make_plan(space, networks=40, blocks=10, seed=0)
    splits = [item.split for item in plan.items]
    assert [splits.count(split) for split in ("fit", "cal", "test", "")] == [20, 10, 10, 10]
    assert {space.smallest(), space.largest()} <= {item.arch for item in plan.items}
    assert len({item.key for item in plan.items}) == 50
    assert [item.kind for item in plan.anchors] == ["network"] * 3 + ["block"] * 2
    assert all(set(plan.anchors) <= set(group) for group in plan.groups)
    assert {item.key for group in plan.groups for item in group} == {item.key for item in plan.items}


def test_same_seed_same_plan() -> None:
    first, second = (make_plan(named_space("digits"), networks=16, blocks=4, seed=3) for _ in range(2))
    assert first == second

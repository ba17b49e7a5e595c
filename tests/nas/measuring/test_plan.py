"""Groups of a plan."""

from dataclasses import replace

from nas.measuring.sampling import make_plan
from search_space import named_space


def test_a_second_pass_measures_everything_again_in_other_company() -> None:
    plan = make_plan(named_space("digits"), networks=40, blocks=10, seed=0, passes=2)
    once, anchors = replace(plan, passes=1), set(plan.anchor_keys)
    assert plan.digest != once.digest
    assert plan.groups[: len(once.groups)] == once.groups
    places: dict[str, list[set[str]]] = {}
    for group in plan.groups:
        keys = {item.key for item in group}
        assert anchors < keys
        for key in keys - anchors:
            places.setdefault(key, []).append(keys)
    assert places.keys() == {item.key for item in plan.items} - anchors
    for first, second in places.values():
        assert first != second

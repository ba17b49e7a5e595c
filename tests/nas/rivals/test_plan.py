"""What is measured of rivals, and what fits into a given time."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from nas.errors import UserError
from nas.measuring.runner.protocol import MeasuringProtocol
from nas.rivals.catalogue import ZooModel
from nas.rivals.plan import sketched_plan, traced_plan, within
from predictors import published_networks
from search_space import arch_cost

PROTOCOL = MeasuringProtocol(rounds=2, extra_rounds=0, visit_ms=1, warm_up_ms=1, max_warm_up_ms=5)


def test_a_model_that_cannot_be_built_is_told_and_the_others_are_planned(
    zoo: tuple[ZooModel, ...], home: Path
) -> None:
    gone = replace(zoo[0], tag="nobody.knows")
    plan, failed = traced_plan((gone, zoo[0]), [], passes=1)
    assert len(plan.items) == 1
    assert list(failed) == [f"nobody.knows@{zoo[0].side}"]
    assert "cannot be built" in failed[f"nobody.knows@{zoo[0].side}"]
    (path,) = (home / "rivals").glob("costs-timm-*.json")
    assert set(json.loads(path.read_text())) == {f"nobody.knows@{zoo[0].side}", f"{zoo[0].tag}@{zoo[0].side}"}


def test_a_budget_of_time_takes_the_first_ones_that_fit() -> None:
    from nas.measuring.duration import plan_seconds
    from nas.rivals.choice import by_promise, eligible

    models = by_promise(eligible("in1k"))[:40]
    found, _ = within(models, [], PROTOCOL, passes=1, seconds=60.0, build_s=0.0)
    assert found == models[: len(found)]
    assert 0 < len(found) < len(models)
    seconds = [
        plan_seconds(sketched_plan(models[:n], [], passes=1), PROTOCOL, build_s=0.0, export=True)
        for n in (len(found), len(found) + 1)
    ]
    assert seconds[0] <= 60.0 < seconds[1]
    own = [network.arch for network in published_networks()]
    fewer, ours = within(models, own, PROTOCOL, passes=1, seconds=60.0, build_s=0.0)
    assert 0 < len(fewer) < len(found)
    assert 0 < len(ours) < len(own)
    assert max(arch_cost(arch).macs for arch in ours) < min(arch_cost(arch).macs for arch in set(own) - set(ours))
    with pytest.raises(UserError, match="--time 1 s is too short: one model takes about"):
        within(models, [], PROTOCOL, passes=1, seconds=1.0, build_s=0.0)

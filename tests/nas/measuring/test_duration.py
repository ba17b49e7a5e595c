"""The estimate of a collection's time adds up, and a budget of time is kept."""

import pytest

from nas.errors import UserError
from nas.measuring.duration import measuring_seconds, plan_seconds, plan_within, preparing_seconds
from nas.measuring.plan import Plan
from nas.measuring.runner.protocol import MeasuringProtocol
from search_space import SearchSpace

PROTOCOL = MeasuringProtocol()


def test_a_plan_takes_what_its_models_take(plan: Plan) -> None:
    preparing = sum(preparing_seconds(item, build_s=25.0, export=True) for item in plan.items)
    measuring = sum(measuring_seconds(item, PROTOCOL) for group in plan.groups for item in group)
    assert plan_seconds(plan, PROTOCOL, build_s=25.0, export=True) == pytest.approx(preparing + measuring)
    assert preparing_seconds(plan.items[0], build_s=25.0, export=False) == 25.0
    built = plan_seconds(plan, PROTOCOL, build_s=2.0, export=False)
    assert built - plan_seconds(plan, PROTOCOL, build_s=0.0, export=False) == pytest.approx(2.0 * len(plan.items))


def test_a_budget_of_time_is_kept_or_refused(tiny_space: SearchSpace) -> None:
    def within(seconds: float | None) -> Plan:
        return plan_within(tiny_space, PROTOCOL, networks=16, blocks=4, seconds=seconds, build_s=0.0, export=True)

    whole = within(None)
    seconds = plan_seconds(whole, PROTOCOL, build_s=0.0, export=True)
    fewer = within(0.85 * seconds)
    assert len(whole.items) == 20 > len(fewer.items)
    assert plan_seconds(fewer, PROTOCOL, build_s=0.0, export=True) <= 0.85 * seconds
    with pytest.raises(UserError, match="is too short: 12 networks alone take about"):
        within(0.1)

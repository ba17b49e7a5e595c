"""Several devices: there and back, and what is refused."""

import json
from typing import Any

import pytest

from nas.runs import DeviceFront, Fleet, FleetRow, Sharing
from nas.runs.fields import Fields

ROW = FleetRow(arch_id="abcd", accuracy=80.0, accuracy_judged=79.0, latency_high_ms=2.0)
FLEET = Fleet(
    devices=(
        DeviceFront(device="a", budget_ms=10.0, front=(ROW,)),
        DeviceFront(device="b", budget_ms=1.0, front=()),
    ),
    sharing=(Sharing(networks=("abcd",), accuracy_judged=(79.0, None), price_points=(0.0, None)),),
)


def plain() -> dict[str, Any]:
    return dict(json.loads(json.dumps(FLEET.to_json())))


def test_a_fleet_comes_back() -> None:
    assert Fleet.from_json(Fields(plain(), "here")) == FLEET
    assert FLEET.arch_ids == {"abcd"}


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(ValueError, match="here, column devices: must be a list of devices"):
        Fleet.from_json(Fields({}, "here"))
    broken = plain()
    broken["sharing"][0]["price_points"] = [0.0]
    with pytest.raises(ValueError, match="row 0 of sharing, column price_points: must be a list of 2"):
        Fleet.from_json(Fields(broken, "here"))
    broken["sharing"][0]["price_points"] = [0.0, "x"]
    with pytest.raises(ValueError, match="column price_points 1: must be a number, got 'x'"):
        Fleet.from_json(Fields(broken, "here"))
    del broken["devices"][1]["budget_ms"]
    with pytest.raises(ValueError, match="row 1 of devices, column budget_ms: must be a number, got None"):
        Fleet.from_json(Fields(broken, "here"))

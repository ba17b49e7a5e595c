"""Several devices on one page."""

from pathlib import Path

import pytest

from nas.report.fleet import shown_fleet
from nas.runs import read


def test_a_fleet_is_read_with_the_network_that_serves_each_device(fleet: Path) -> None:
    shown = shown_fleet(read(fleet))
    assert shown is not None
    assert [each.device for each in shown.devices] == ["jetson-agx-orin", "jetson-nano"]
    for index, device in enumerate(shown.devices):
        found = [shown.high_ms(each, index) for each in device.front]
        assert found == sorted(found)  # type: ignore[type-var]
        assert found[-1] <= device.budget_ms  # type: ignore[operator]
        for networks, shares in shown.sharing:
            network = shares[index].network
            assert network in networks
            assert 100 - network.judged_error == pytest.approx(shares[index].accuracy, abs=1e-3)  # type: ignore[union-attr,operator]
    # as many networks as devices cost nothing
    assert [share.price for share in shown.sharing[-1][1]] == [0.0, 0.0]


def test_one_device_is_no_fleet(finished: Path) -> None:
    assert shown_fleet(read(finished)) is None

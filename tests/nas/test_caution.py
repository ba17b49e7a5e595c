"""The caution beside calibrated latencies: short, true of the device, and with a command that exists."""

import pytest

from nas.caution import caution
from nas.devices import devices, find_device
from predictors import contested


def test_it_says_what_was_measured_and_how_to_settle_it() -> None:
    assert caution("jetson-agx-orin", "calibrated") == (
        "contested: others measured mit-b2 15.8 ms, not 2.8; mit-b3 44.3 ms, not 4.4\n"
        "(efficientvit issue 52); yours: nas collect --device jetson --host user@board"
    )
    assert find_device("jetson").name == "jetson-agx-orin"


@pytest.mark.parametrize("device", [name for name in devices() if contested(name)])
def test_it_fits_a_terminal(device: str) -> None:
    found = (caution(device, "calibrated") or "").split("\n")
    assert len(found) == 2
    assert max(map(len, found)) <= 78


@pytest.mark.parametrize(
    ("device", "origin"),
    [
        ("jetson-agx-orin", "measured"),
        ("jetson-agx-orin", "analytic"),
        ("jetson-nano", "calibrated"),
        ("x", "calibrated"),
    ],
)
def test_other_latencies_carry_none(device: str, origin: str) -> None:
    assert caution(device, origin) is None

"""Contested figures: those of the source, and none for a device that nobody contested."""

import pytest

from predictors import CALIBRATED_DEVICES, contested


def test_the_orin_figures_are_those_of_the_issue() -> None:
    found = {each.model: (each.published_ms, each.measured_ms) for each in contested("jetson-agx-orin")}
    assert found == {"mit-b2": (2.8, 15.84), "mit-b3": (4.4, 44.3)}
    assert all("mit-han-lab/efficientvit issue 52" in each.source for each in contested("jetson-agx-orin"))


@pytest.mark.parametrize("device", [name for name in CALIBRATED_DEVICES if name != "jetson-agx-orin"])
def test_others_are_not_contested(device: str) -> None:
    assert contested(device) == ()

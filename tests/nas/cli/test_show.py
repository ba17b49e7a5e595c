"""`nas show` prints what the library answers."""

import json

import pytest

from nas.archs import find_arch
from nas.cli.show import show
from nas.describing.descriptions import describe_arch


@pytest.mark.parametrize("device", [None, "jetson"])
def test_an_architecture_is_shown_as_it_is_described(device: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    found = describe_arch(find_arch("mit-b1"), device=device)
    show("mit-b1", device=device, as_json=True)
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(found.to_json()))
    show("mit-b1", device=device)
    shown = capsys.readouterr().out
    assert f"{found.parameters:,} parameters" in shown
    assert ("latency on jetson-agx-orin by block" in shown) == (device is not None)

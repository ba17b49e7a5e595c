"""`nas show`, `nas spaces` and `nas devices` print what the library answers."""

import json

import pytest

from nas.archs import find_arch
from nas.commands.show import devices_command, show_command, spaces_command
from nas.descriptions import describe_arch, described_devices, described_spaces


@pytest.mark.parametrize("device", [None, "jetson"])
def test_an_architecture_is_shown_as_it_is_described(device: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    found = describe_arch(find_arch("mit-b1"), device=device)
    asked = {"resolution": None, "device": device, "confidence": 0.9, "space": "efficientvit"}
    show_command("mit-b1", as_json=True, **asked)  # type: ignore[arg-type]
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(found.to_json()))
    show_command("mit-b1", as_json=False, **asked)  # type: ignore[arg-type]
    shown = capsys.readouterr().out
    assert f"{found.parameters:,} parameters" in shown
    assert ("latency on jetson-agx-orin by block" in shown) == (device is not None)


def test_lists_are_shown_as_they_are_described(capsys: pytest.CaptureFixture[str]) -> None:
    devices_command(as_json=True)
    assert json.loads(capsys.readouterr().out) == json.loads(
        json.dumps([each.to_json() for each in described_devices()])
    )
    spaces_command(as_json=True)
    assert json.loads(capsys.readouterr().out) == json.loads(
        json.dumps([each.to_json() for each in described_spaces()])
    )
    for everything in (False, True):
        devices_command(as_json=False, everything=everything)
        shown = capsys.readouterr().out
        assert all(each.name in shown for each in described_devices())
    spaces_command(as_json=False)
    shown = capsys.readouterr().out
    assert all(f"{each.name}: " in shown for each in described_spaces())

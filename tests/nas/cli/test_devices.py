"""`nas devices` prints what the library answers."""

import json

import pytest

from nas.cli.devices import devices
from nas.describing.descriptions import described_devices


def test_json_is_what_is_described(capsys: pytest.CaptureFixture[str]) -> None:
    devices(as_json=True)
    found = [each.to_json() for each in described_devices()]
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(found))


@pytest.mark.parametrize("everything", [False, True])
def test_every_device_is_listed(everything: bool, capsys: pytest.CaptureFixture[str]) -> None:
    devices(everything=everything)
    shown = capsys.readouterr().out
    assert all(each.name in shown for each in described_devices())

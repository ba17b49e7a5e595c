"""`nas spaces` prints what the library answers."""

import json

import pytest

from nas.cli.spaces import spaces
from nas.describing.descriptions import described_spaces


def test_json_is_what_is_described(capsys: pytest.CaptureFixture[str]) -> None:
    spaces(as_json=True)
    found = [each.to_json() for each in described_spaces()]
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(found))


def test_every_space_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    spaces()
    shown = capsys.readouterr().out
    assert all(f"{each.name}: " in shown for each in described_spaces())

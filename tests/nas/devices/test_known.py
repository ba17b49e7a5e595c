"""Devices of the user's own: read, listed, refused where broken."""

import json
from pathlib import Path

import pytest

from nas.cli.devices import devices as list_devices
from nas.devices import Device, devices, find_device
from nas.disk.folders import devices_folder
from nas.errors import UserError

BOARD = """
[my-board]
description = "a board on my desk"
runtime = "tensorrt"
precision = "fp16"
aliases = ["desk"]
"""


def write(text: str, name: str = "mine.toml") -> Path:
    devices_folder().mkdir(parents=True, exist_ok=True)
    path = devices_folder() / name
    path.write_text(text)
    return path


def test_a_device_of_ones_own_is_known_by_name_and_alias(capsys: pytest.CaptureFixture[str]) -> None:
    write(BOARD)
    expected = Device(
        name="my-board", description="a board on my desk", runtime="tensorrt", precision="fp16", aliases=("desk",)
    )
    assert find_device("desk") == find_device("my-board") == expected
    assert list(devices())[-1] == "my-board"
    list_devices(as_json=True)
    found = {item["name"]: item for item in json.loads(capsys.readouterr().out)}
    assert found["my-board"] == {
        "name": "my-board",
        "description": "a board on my desk",
        "aliases": ["desk"],
        "runtime": "tensorrt",
        "precision": "fp16",
        "batch": 1,
        "origin": "",
        "rows": 0,
    }
    assert (found["jetson-nano"]["origin"], found["jetson-nano"]["rows"]) == ("calibrated", 12)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[a]\nruntime = 'abacus'", r"\[a\] unknown runtime 'abacus'; known: onnxruntime, "),
        ("[a]\nruntime = 'torch'\nprecision = 'fp8'", "unknown precision 'fp8'; known: fp32"),
        ("[a]\nruntime = 'torch'\nprecision = 'int8'", "int8 is not measured with torch; known: fp32, fp16, bf16"),
        ("[a]\nruntime = 'torch'\ncolour = 'red'", "unknown field 'colour'; known: description, runtime"),
        ("[a]\nprecision = 'fp32'", "needs a runtime"),
        ("[a]\nruntime = 'torch'\nbatch = 0", "batch must be a whole number above 0, got 0"),
        ("['../a']\nruntime = 'torch'", "is no name"),
        ("[a]\nruntime = 'torch'\naliases = ['orin']", "the name 'orin' is in use already"),
        ("[cpu]\nruntime = 'torch'", "the name 'cpu' is in use already"),
        ("[a\n", "cannot read devices from"),
        ("a = 3", "'a' must be a table"),
    ],
)
def test_a_broken_file_is_named(text: str, message: str) -> None:
    path = write(text)
    with pytest.raises(UserError, match=message) as caught:
        devices()
    assert str(path) in str(caught.value)


def test_two_files_cannot_share_a_name() -> None:
    write(BOARD)
    write(BOARD, "other.toml")
    with pytest.raises(UserError, match=r"other\.toml: the name 'desk' is in use"):
        devices()


@pytest.mark.parametrize("name", [name for device in devices().values() for name in (device.name, *device.aliases)])
def test_a_slip_finds_the_device(name: str) -> None:
    slip = name[:-1] + ("" if len(name) > 4 else name[-1] * 2)
    with pytest.raises(UserError, match=r"did you mean .*; nas devices lists all") as caught:
        find_device(slip)
    assert repr(name) in str(caught.value)


def test_a_name_like_no_other_gets_the_list() -> None:
    with pytest.raises(UserError, match="unknown device 'toaster'; known: cpu, jetson-agx-orin, ") as caught:
        find_device("toaster")
    assert all(name in str(caught.value) for name in devices())

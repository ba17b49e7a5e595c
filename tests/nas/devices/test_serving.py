"""Where fits lie."""

from pathlib import Path

from nas.devices import find_device, fitted_path
from nas.disk.folders import devices_folder

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


def test_fits_stay_in_the_data_folder() -> None:
    write(BOARD)
    assert fitted_path(find_device("desk"), "digits").name == "my-board--digits.json"

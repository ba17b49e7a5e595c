"""Predictors on disk: one line for each key, replaced in one step, and broken files named."""

from pathlib import Path
from typing import Any

import pytest

from predictors.storage import read_json, write_json


def test_the_file_has_sorted_keys_one_line_each(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "a.json"
    write_json(path, {"b": [1, {"d": 2, "c": None}], "a": 0.1})
    assert path.read_text() == '{\n"a": 0.1,\n"b": [1, {"c": null, "d": 2}]\n}\n'
    assert read_json(path, "a thing", lambda record: record) == {"a": 0.1, "b": [1, {"c": None, "d": 2}]}


def test_a_file_is_replaced_and_nothing_else_left(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for value in (1, 2):
        write_json(path, {"a": value})
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["a.json"]
    assert read_json(path, "a thing", lambda record: record["a"]) == 2


def test_what_is_no_number_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"a": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(path, {"a": float("nan")})
    assert read_json(path, "a thing", lambda record: record["a"]) == 1


def wants_x(record: dict[str, Any]) -> int:
    return int(record["x"]) + len(record.keys())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot read thing .*a.json: No such file"),
        ("{", "a.json is not a thing: Expecting"),
        ("{}", "a.json is not a thing: 'x' is missing"),
        ("[1]", "a.json is not a thing: list indices"),
        ('{"x": "y"}', "a.json is not a thing: invalid literal"),
    ],
)
def test_broken_files_are_named(tmp_path: Path, text: str | None, message: str) -> None:
    path = tmp_path / "a.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_json(path, "a thing", wants_x)

"""Records of predictors: a line a field, refused by name."""

import json
from pathlib import Path

import pytest

from predictors.storage import read_record, write_record

RECORD = {"b": [1.5, {"y": None, "x": "ü"}], "a": 1}


def test_a_record_has_a_line_for_each_field(tmp_path: Path) -> None:
    path = tmp_path / "new" / "predictor.json"
    write_record(path, RECORD)
    assert path.read_text().splitlines()[1:3] == ['"a": 1,', '"b": [1.5, {"x": "\\u00fc", "y": null}]']
    assert read_record(path, "a record", dict) == RECORD == json.loads(path.read_text())


def test_a_number_that_is_not_finite_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "predictor.json"
    write_record(path, RECORD)
    with pytest.raises(ValueError, match=r"predictor\.json cannot be written: "):
        write_record(path, {"a": float("inf")})
    assert read_record(path, "a record", dict) == RECORD


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"cannot read record .*predictor\.json: No such file"),
        ("{", r"predictor\.json is not JSON"),
        ("{}", r"predictor\.json is not a record: 'a' is missing"),
        ("[]", r"predictor\.json is not a record: list indices"),
    ],
)
def test_what_is_no_record_is_named(tmp_path: Path, content: str | None, message: str) -> None:
    path = tmp_path / "predictor.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ValueError, match=message):
        read_record(path, "a record", lambda record: record["a"])

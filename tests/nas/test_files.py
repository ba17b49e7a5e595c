"""Logs of one line a record: what was added stays, what a kill tore is cut off."""

import json
from pathlib import Path

from nas.files import append_record, read_lines


def test_records_stay_and_a_torn_line_goes(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    assert read_lines(path) == []
    records = [{"name": "müller\n", "value": 0.1}, {"name": "", "value": 2}]
    for record in records:
        append_record(path, record)
    whole = path.read_bytes()
    with path.open("ab") as file:
        file.write('{"name": "mü'.encode()[:-1])  # torn in the middle of a letter
    assert [json.loads(line) for line in read_lines(path)] == records
    assert path.read_bytes() == whole
    append_record(path, records[0])
    assert [json.loads(line) for line in read_lines(path)] == [*records, records[0]]


def test_a_log_torn_in_its_first_line_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text('{"name"')
    assert read_lines(path) == []
    assert path.read_bytes() == b""

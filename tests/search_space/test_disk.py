"""Files that are whole or not there, JSON that is strict both ways, logs without a torn line."""

import json
import os
from pathlib import Path

import pytest

from search_space.disk import (
    DEEPEST,
    append_record,
    cut_torn_line,
    json_text,
    parse_json,
    read_json,
    read_lines,
    whole_lines,
    write_atomically,
    write_bytes,
    write_json,
    write_text,
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_whole_with_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file.txt"
    write_text(path, "müller\r\n")
    assert path.read_bytes() == "müller\r\n".encode()
    assert path.stat().st_mode & 0o777 == 0o644
    write_bytes(path, b"\0")
    assert path.read_bytes() == b"\0"
    assert names(path.parent) == ["file.txt"]


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    write_text(path, "before")

    def half(temporary: Path) -> None:
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".txt"
        temporary.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, half)
    assert path.read_text() == "before"
    assert names(tmp_path) == ["file.txt"]


def test_no_link_is_followed(tmp_path: Path) -> None:
    """Neither one where the file goes nor one that somebody puts where it is prepared."""
    target = tmp_path / "target"
    target.write_text("untouched")
    target.chmod(0o600)
    path = tmp_path / "file.txt"
    path.symlink_to(target)
    write_text(path, "ours")
    assert (path.read_text(), path.is_symlink()) == ("ours", False)

    def swap(temporary: Path) -> None:
        temporary.unlink()
        temporary.symlink_to(target)

    with pytest.raises(OSError, match="symbolic links"):
        write_atomically(path, swap)
    assert (target.read_text(), target.stat().st_mode & 0o777, path.read_text()) == ("untouched", 0o600, "ours")
    assert names(tmp_path) == ["file.txt", "target"]


def test_a_guessed_name_does_not_catch_the_temporary_file(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("untouched")
    for name in (".file.json.tmp", "file.json.tmp", f".file-{os.getpid()}.json"):
        (tmp_path / name).symlink_to(target)
    write_json(tmp_path / "file.json", [1])
    assert target.read_text() == "untouched"
    assert read_json(tmp_path / "file.json") == [1]


def test_json_comes_back_as_it_was_written(tmp_path: Path) -> None:
    value = {"b": [1, 2.5, None, True], "a": {"müller": "\n"}, "": []}
    for indent, compact in ((2, False), (1, False), (0, False), (None, False), (None, True)):
        path = tmp_path / "value.json"
        write_json(path, value, indent=indent, compact=compact)
        assert path.read_text() == json_text(value, indent=indent, compact=compact)
        assert read_json(path) == value
    assert json_text({"b": 1, "a": [2]}, indent=None) == '{"a": [2], "b": 1}\n'
    assert json_text({"b": 1, "a": [2]}, indent=None, compact=True) == '{"a":[2],"b":1}\n'


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_json_cannot_say_is_refused_by_file(tmp_path: Path, number: float) -> None:
    path = tmp_path / "value.json"
    write_json(path, 1)
    with pytest.raises(ValueError, match=r"value\.json cannot be written: .*not JSON compliant"):
        write_json(path, {"a": [number]})
    assert read_json(path) == 1
    with pytest.raises(ValueError, match="not JSON compliant"):
        append_record(path, {"a": number})
    path.write_text(json.dumps({"a": [number]}))
    with pytest.raises(ValueError, match=r"value\.json is not JSON: -?(NaN|Infinity) is not a finite number"):
        read_json(path)


@pytest.mark.parametrize("text", ["", "{", "[1,]", '{"a": 1} 2', "1e999", "-1e999", "\xff", "nan"])
def test_what_is_no_json_is_refused_by_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "value.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match=r"value\.json is not JSON: "):
        read_json(path)


@pytest.mark.parametrize(("open_", "close"), [("[", "]"), ('{"a":', "}")])
def test_nesting_is_limited(open_: str, close: str) -> None:
    def nested(depth: int) -> str:
        return open_ * depth + "1" + close * depth

    parse_json(nested(DEEPEST), "text")
    for depth in (DEEPEST + 1, 900, 100_000):
        with pytest.raises(ValueError, match="text is nested too deeply"):
            parse_json(nested(depth), "text")


def test_a_missing_file_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"value\.json"):
        read_json(tmp_path / "value.json")


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


@pytest.mark.parametrize("torn", [0, 1, 65_535, 65_536, 65_537, 200_000])
@pytest.mark.parametrize("whole", [b"", b"\n", b"one\ntwo\n", b"x" * 70_000 + b"\n"])
def test_what_is_cut_is_what_follows_the_last_line_break(tmp_path: Path, whole: bytes, torn: int) -> None:
    path = tmp_path / "log"
    path.write_bytes(whole + b"t" * torn)
    assert whole_lines(path.read_bytes()) == whole
    cut_torn_line(path)
    assert path.read_bytes() == whole


def test_a_log_that_may_only_be_read_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "log"
    cut_torn_line(path)
    assert not path.exists()
    path.write_text("one\n")
    before = path.stat().st_mtime_ns
    path.chmod(0o400)
    assert read_lines(path) == ["one"]
    assert path.stat().st_mtime_ns == before

"""Files and programs that may not be there."""

import sys
from pathlib import Path

from nas.measuring.runner.system import first_line, memory_mib, one_line, output, read, said, shown, unlink


def test_what_is_not_there_is_empty(tmp_path: Path) -> None:
    assert read(str(tmp_path / "nothing")) == said(["no-such-program"]) == first_line(["no-such-program"]) == ""
    assert memory_mib("NoSuchField") == 0
    unlink(tmp_path / "nothing")


def test_both_streams_of_a_program_are_read() -> None:
    code = "import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3)"
    assert output([sys.executable, "-c", code], timeout=60).split() == ["out", "err"]


def test_errors_and_commands_are_one_line() -> None:
    assert (one_line(ValueError("a\nb")), one_line(KeyError())) == ("a", "KeyError")
    assert shown(["python3", "my board.zip"]) == "python3 'my board.zip'"

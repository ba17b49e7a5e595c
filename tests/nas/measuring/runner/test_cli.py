"""The runner's command line: mistakes are one line and leave no results."""

from pathlib import Path

import pytest

from nas.measuring.runner.cli import main


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--precision", "int8"], "runner: the models of this bundle are fp32, not int8"),
        (["--model", "nothing"], "runner: unknown model 'nothing'; the bundle has "),
        (["--threads", "-1"], "runner: threads must be at least 1, got -1"),
        (["--runtime", "trtexec", "--trtexec", "/nowhere"], "runner: trtexec is not on PATH (/nowhere"),
    ],
)
def test_a_mistake_is_one_line(
    arguments: list[str], said: str, archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "results.jsonl"
    assert main(archive, [*arguments, "--out", str(out)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(said)
    assert not out.exists()


def test_what_is_no_bundle_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "b.zip").write_text("nothing")
    assert main(tmp_path / "b.zip", ["--out", str(tmp_path / "r.jsonl")]) == 1
    assert "b.zip is not a bundle: File is not a zip file" in capsys.readouterr().err

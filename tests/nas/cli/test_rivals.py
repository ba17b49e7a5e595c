"""`nas rivals` from the command line."""

import subprocess
import sys
from pathlib import Path

import pytest


def nas(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from nas.cli import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("rivals --device jetson", "is not this machine; write what it needs with --bundle"),
        ("rivals --device cpu --match nothing", "--match 'nothing' fits no model of timm"),
        ("rivals --device cpu --models 0", "--models must be at least 1, got 0"),
        ("rivals --device cpu --dry-run --export-only", "--dry-run and --export-only exclude each other"),
        ("rivals --device cpu --time 1s --no-own", "--time 1 s is too short: one model takes about"),
        ("rivals --device cpu --import nowhere.jsonl", "--import nowhere.jsonl: no such file"),
    ],
)
def test_errors_are_one_line(arguments: str, message: str, tmp_path: Path) -> None:
    found = nas(*arguments.split(), cwd=tmp_path)
    assert found.returncode == 2
    assert message in found.stderr.splitlines()[-1]
    assert found.stdout == ""


def test_dry_run_prints_the_plan_within_80_columns_and_writes_nothing(tmp_path: Path) -> None:
    found = nas("rivals", "--device", "cpu", "--dry-run", cwd=tmp_path)
    assert found.returncode == 0
    assert "60 models of timm and 27 networks of our own" in found.stderr
    assert "levit_192.fb_dist_in1k *" in found.stdout
    assert max(map(len, found.stdout.splitlines())) <= 80
    assert list(tmp_path.iterdir()) == []

"""Every command's output on a terminal of 80 columns: no line too long, no word broken."""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nas.cli.console import stdout, tell, tell_path
from nas.cli.fit_report import print_report
from predictors.latency.fit_report import FitReport

FIGURES = {"mape": 0.024, "p90": 0.0531, "within_5": 0.923, "within_10": 1.0, "kendall": 0.9611, "spearman": 0.9942}


@pytest.fixture(autouse=True)
def short_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As short a path as a user's home, which is printed."""
    home = tempfile.mkdtemp(prefix="nas", dir="/tmp")
    monkeypatch.setenv("NAS_HOME", home)
    yield
    shutil.rmtree(home)


@pytest.mark.parametrize(
    "command",
    [
        "devices",
        "devices --all",
        "spaces",
        "show mit-b1 --device jetson",
        "show mit-l2-seg-ade20k --device jetson-orin-nano-4gb-super",
        "explain --device jetson --budget 0.01ms",
        "explain --device snapdragon-8gen1 --budget 40ms --all",
        "collect --device cpu --space efficientvit --dry-run",
        "search --device toaster --budget 10ms",
        "search --device jetson --budget 2ms --trials 60 --out run --all",
    ],
)
def test_output_fits(command: str, terminal: Any, tmp_path: Path) -> None:
    assert terminal.misfits(*command.split(), cwd=tmp_path) == []


def test_the_first_screen_of_a_search_holds_the_answer(terminal: Any, tmp_path: Path) -> None:
    command = ["search", "--device", "jetson", "--budget", "10ms", "--trials", "60", "--out", "run"]
    lines = terminal.run(*command, cwd=tmp_path).lines
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 25
    text = " ".join(lines)
    assert "Deploy mit-l2@384: 85.98 % top-1 (published)" in text
    assert "calibrated on published figures" in text
    assert "contested: others measured mit-b2 15.8 ms" in text
    assert "$ nas export mit-l2@384 --pretrained" in text


def test_the_report_of_a_fit_fits(capsys: pytest.CaptureFixture[str], fits: Callable[..., bool]) -> None:
    baselines = dict.fromkeys(("summed blocks", "multiply-adds", "one factor for all of them"), FIGURES)
    held = {"arch_ids": ["a", "b"], "measured_ms": [1.0, 2.0], "predicted_ms": [1.1, 2.1]}
    report = {**FIGURES, "baselines": baselines, "held_out": held, "warnings": [], "coverage": 0.9}
    report |= {"n_fit": 120, "n_held_out": 60, "noise_floor": 0.008}
    print_report(FitReport.from_json(report), "gaussian process")
    shown = capsys.readouterr().out
    assert stdout.width == 80  # in a pipe too
    assert fits(shown.splitlines())
    assert "percentile" in shown


def test_json_is_not_wrapped(terminal: Any) -> None:
    screen = terminal.run("explain", "--device", "jetson", "--budget", "10ms", "--json")
    record = json.loads("\n".join(screen.lines))
    assert max(map(len, screen.lines)) > 80
    assert record["verdict"].startswith("10 ms can be met on jetson-agx-orin: the fastest network takes ")


def test_misfits_are_found(terminal: Any, fits: Callable[..., bool]) -> None:
    assert not fits(["x" * 81])
    assert not fits(["some…"])
    assert not fits(["a wo", "rd"], ["a word"])
    assert fits(["x" * 80, ""])
    assert fits(["│ a │", "word"], ["│ a word │"])
    assert terminal.misfits("show", "mit-b1", columns=40)


def test_paths_and_commands_are_never_broken(capsys: pytest.CaptureFixture[str]) -> None:
    path, command = "/a/" + "long/" * 20 + "path", "nas collect " + "--option value " * 6
    tell(f"it is in {path}: and that is all")
    tell_path("it is in", path)
    tell_path("run:", command)
    tell_path("run:", "nas devices")
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].rstrip() == "it is in"
    assert shown[1].startswith(f"{path}:")
    assert [line.rstrip() for line in shown[-5:]] == ["it is in", path, "run:", command.rstrip(), "run: nas devices"]

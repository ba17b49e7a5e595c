"""The command line: one-line errors with their exit codes, JSON alone on stdout, help that names every command."""

import json
import platform
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
import typer

import nas as package
from nas.cli.app import app
from nas.cli.lazy import COMMANDS
from nas.cli.registered import filled
from nas.versions import versions
from search_space import SPACES


def nas(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from nas.cli import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (
            "search --device toaster --budget 10ms",
            2,
            "unknown device 'toaster'; known: cpu, jetson-agx",
        ),
        ("search --device jetson --budget 10", 2, "--budget '10' has no unit; known: us, ms, s"),
        ("search --device jetson --budget -3ms", 2, "--budget '-3ms' must be positive"),
        ("search --device jetson --budget 1us", 3, "nearest budget that can be met: "),
        ("search --device jetson --budget 10ms --space moon", 2, "unknown space 'moon'; known: efficientvit, "),
        ("search --device jetson --budget 10ms --space digits", 2, "nas train --space digits"),
        ("search --device jetson --budget 10ms --supernet nowhere", 2, "no supernet in nowhere"),
        ("search --device cpu --budget 10ms", 2, "nas collect --device cpu --space efficientvit"),
        ("search --device jetson", 2, "Missing option '--budget'"),
        ("search --device jetson --device cpu --budget 9ms", 2, "every --device needs its --budget, got 2 and 1"),
        ("search --device jetson --budget 10ms --limit macs=5X", 2, "--limit macs: '5X' is not a quantity; write"),
        ("search --device jetson --budget 10ms --max-macs 5M --limit macs=6M", 2, "--limit macs is given twice"),
        ("search --device jetson --budget 10ms --evaluations 3", 2, "--evaluations needs --supernet"),
        ("search --device jetson --budget 10ms --workers 3", 2, "--workers needs --engine processes or ray"),
        ("fit --device cpu --table nowhere", 2, "cannot read latency table nowhere"),
        ("collect --device jetson --out table", 2, "is not this machine"),
        ("show mit-b9", 2, "unknown architecture 'mit-b9'"),
        ("show mit-b1 --resolution big", 2, "is not a size in pixels"),
        ("export mit-b0 --format tflite", 2, "unknown format 'tflite'; known: onnx"),
        ("report nowhere", 2, "no run at nowhere; runs in results/search: none"),
        ("teleport", 2, "No such command 'teleport'"),
    ],
)
def test_errors_are_one_line(arguments: str, code: int, message: str, tmp_path: Path) -> None:
    found = nas(*arguments.split(), cwd=tmp_path)
    assert found.returncode == code
    assert message in found.stderr
    assert found.stderr.count("\n") == 1
    assert found.stdout == ""
    assert list(tmp_path.glob("*")) == []


def test_help_lists_every_command() -> None:
    found = nas("--help")
    assert found.returncode == 0
    for command in (
        "search",
        "devices",
        "spaces",
        "show",
        "collect",
        "fit",
        "train",
        "evaluate",
        "export",
        "report",
        "rivals",
    ):
        assert command in found.stdout


def test_show_json_holds_the_contract() -> None:
    record = json.loads(nas("show", "mit-b1", "--device", "jetson", "--resolution", "256", "--json").stdout)
    assert record["name"] == "mit-b1@256"
    assert record["resolution"] == [256, 256]
    assert record["parameters"] == 9_102_024
    assert record["macs"] == pytest.approx(0.677e9, rel=0.01)
    latency = record["latency"]
    assert latency["device"] == "jetson-agx-orin"
    assert latency["low_ms"] < latency["p50_ms"] < latency["high_ms"]
    assert (latency["confidence"], latency["origin"], latency["extrapolated"]) == (0.9, "calibrated", False)


def test_devices_json_holds_the_contract() -> None:
    found = {item["name"]: item for item in json.loads(nas("devices", "--json").stdout)}
    assert found["jetson-agx-orin"]["aliases"][0] == "jetson"
    assert found["jetson-agx-orin"]["origin"] == "calibrated"
    assert found["jetson-agx-orin"]["rows"] > 10
    names = {"name", "description", "aliases", "runtime", "precision", "batch", "origin", "rows"}
    assert set(found["cpu"]) == names
    assert found["cpu"]["origin"] == ""  # nothing measured yet


def test_spaces_say_what_they_span_and_how_large_their_supernets_are() -> None:
    lines = nas("spaces").stdout.splitlines()
    assert [line.partition(":")[0] for line in lines if line.partition(":")[0] in SPACES] == list(SPACES)
    assert "  supernet: 191 M parameters" in lines
    assert "  published members: mit-l1, mit-l2" in lines
    found = {item["name"]: item for item in json.loads(nas("spaces", "--json").stdout)}
    assert found["efficientvit-l"]["macs"][0] < 5.26e9 < found["efficientvit-l"]["macs"][1]  # MIT L1 is inside
    assert found["efficientvit-l"]["supernet_parameters"] == SPACES["efficientvit-l"].supernet_parameters


def test_show_prints_a_table() -> None:
    assert "cascaded group attention, 4 heads" in " ".join(nas("show", "msra-m4", "--json").stdout.split())


def test_versions_are_printed_without_importing_anything_heavy() -> None:
    code = (
        "import sys; from nas.cli import main\ntry: main()\n"
        "finally: print([n for n in ('torch', 'optuna', 'onnxruntime') if n in sys.modules], file=sys.stderr)"
    )
    found = subprocess.run([sys.executable, "-c", code, "--version"], capture_output=True, text=True, check=True)
    printed = dict(line.split(" ", 1) for line in found.stdout.splitlines())
    assert printed == versions()
    assert printed["python"] == platform.python_version()
    assert {name: printed[name] for name in ("torch", "optuna", "onnxruntime")} == {
        name: version(name) for name in ("torch", "optuna", "onnxruntime")
    }
    assert found.stderr == "[]\n"


def test_the_version_is_that_of_the_installed_package(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        expected = version("efficientvit-nas")
    except PackageNotFoundError:
        expected = "0+unknown"
    assert package.__version__ == expected
    monkeypatch.setattr(package, "DISTRIBUTION", "no-such-distribution")
    assert package.__version__ == "0+unknown"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        package.nothing  # noqa: B018


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_shows_every_word_of_the_help_strings(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Markdown takes `<name>` for a tag and `[name]` may be taken for a style: whatever is written must be shown."""
    from typer.testing import CliRunner

    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("NO_COLOR", "1")
    root = typer.main.get_command(app)
    command = root.commands[name] if name else root  # type: ignore[attr-defined]
    shown = CliRunner().invoke(app, [*([name] if name else []), "--help"]).output
    printed = " ".join(re.sub("[─-╿]", " ", shown).split())
    helps = [getattr(parameter, "help", None) or "" for parameter in command.params]
    written = [filled(text) for text in (command.help or "", *helps) if text]
    assert written
    for text in written:
        for word in text.replace("`", " ").split():
            assert word.strip("*") in printed, (word, text)


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ("serch --device jetson", "Did you mean 'search'?"),
        ("search --devise jetson", "--device"),
        ("search --device jetsn --budget 10ms", "did you mean 'jetson'?"),
        ("explain --device jetson --budget 10ms --space efficentvit", "did you mean 'efficientvit'"),
        ("search --device jetson --budget 10ms --algorithm paretto", "did you mean 'pareto'?"),
        ("search --device jetson --budget 10ms --objective mac", "did you mean 'macs'?"),
        ("search --device jetson --budget 10ms --limit trafic=60MB", "did you mean 'traffic'?"),
        ("train --space digits --data digits --out run --recipe sandwhich", "did you mean 'sandwich'"),
        ("train --space digits --data digts --out run", "did you mean 'digits'?"),
        ("export mit-b0 --format onx", "did you mean 'onnx'?"),
    ],
)
def test_a_slip_is_understood(arguments: str, hint: str, tmp_path: Path) -> None:
    found = nas(*arguments.split(), cwd=tmp_path)
    assert found.returncode == 2
    assert hint in found.stderr.splitlines()[-1]

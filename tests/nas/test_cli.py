"""The command line: one-line errors with their exit codes, JSON alone on stdout, help that names every command."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


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
        ("search --device jetson --budget 10ms --space moon", 2, "unknown space 'moon'; known: efficientvit, digits"),
        ("search --device jetson --budget 10ms --space digits", 2, "nas train --space digits"),
        ("search --device jetson --budget 10ms --supernet nowhere", 2, "no supernet in nowhere"),
        ("search --device cpu --budget 10ms", 2, "nas collect --device cpu --space efficientvit"),
        ("search --device jetson", 2, "Missing option '--budget'"),
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
    assert set(found["cpu"]) == {"name", "aliases", "runtime", "precision", "batch", "origin", "rows"}
    assert found["cpu"]["origin"] == ""  # nothing measured yet


def test_spaces_and_show_print_tables() -> None:
    assert "efficientvit" in nas("spaces").stdout
    assert "cascaded group attention, 4 heads" in nas("show", "msra-m4").stdout

"""TensorRT's trtexec: its command lines, its JSON, and the whole way with a program that stands in for it."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from nas.collecting.places.bundle import write_bundle
from nas.collecting.places.results import import_results
from nas.devices import Device
from nas.measuring.plan import Plan
from nas.measuring.runner.bundle import Bundle
from nas.measuring.runner.errors import ModelError, RunnerError
from nas.measuring.runner.protocol import MeasuringProtocol
from nas.measuring.runner.runtimes.trtexec import (
    Trtexec,
    trtexec_build,
    trtexec_latencies_ms,
    trtexec_run,
    trtexec_version,
)
from nas.measuring.sampling import make_plan
from search_space import SearchSpace

TIMES = """[
  { "startH2dMs" : 0.0, "endH2dMs" : 0.05, "startComputeMs" : 0.05, "endComputeMs" : 1.3, "startD2hMs" : 1.3,
    "endD2hMs" : 1.4, "h2dMs" : 0.05, "computeMs" : 1.25, "d2hMs" : 0.1, "latencyMs" : 1.4 }
, { "h2dMs" : 0.05, "computeMs" : 1.26, "d2hMs" : 0.1, "latencyMs" : 1.41 }
]"""  # the form that --exportTimes has in TensorRT 10.3's samples/common/sampleReporting.cpp

STAND_IN = """#!{python}
import json, pathlib, sys
given = dict(part[2:].partition("=")[::2] for part in sys.argv[1:])
log = pathlib.Path({log!r})
log.write_text(log.read_text() + json.dumps(sys.argv[1:]) + "\\n" if log.exists() else "")
print("&&&& RUNNING TensorRT.trtexec [TensorRT v{version}] # trtexec")
if "onnx" in given:
    graph = pathlib.Path(given["onnx"])
    if not graph.with_suffix(".data").exists():
        print("[11/21/2026-08:00:00] [E] Error[4]: no weights beside the graph")
        sys.exit(1)
    if {fails}:
        print("[11/21/2026-08:00:00] [I] building")
        print("[11/21/2026-08:00:00] [E] Error[9]: Could not find any implementation")
        sys.exit(1)
    pathlib.Path(given["saveEngine"]).write_bytes(graph.read_bytes())
elif "loadEngine" in given:
    ms = pathlib.Path(given["loadEngine"]).stat().st_size / 1e4
    runs = [dict(h2dMs=0.01, computeMs=ms, d2hMs=0.01, latencyMs=ms + 0.02)] * int(given["iterations"])
    pathlib.Path(given["exportTimes"]).write_text(json.dumps(runs))
    layers = [dict(count=10), dict(name="conv + relu", timeMs=3.0), dict(name="softmax", timeMs=1.0)]
    if "exportProfile" in given:
        pathlib.Path(given["exportProfile"]).write_text(json.dumps(layers))
"""


def stand_in(folder: Path, *, version: str = "100300", fails: bool = False) -> Path:
    path = folder / "trtexec"
    text = STAND_IN.format(python=sys.executable, log=str(folder / "log"), version=version, fails=fails)
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(("text", "version"), [("v8601", "8.6.1"), ("v100300", "10.3.0"), ("v110401", "11.4.1")])
def test_versions(text: str, version: str) -> None:
    assert trtexec_version(f"&&&& RUNNING TensorRT.trtexec [TensorRT {text}] # trtexec --help") == version


def test_an_unknown_banner_is_refused() -> None:
    with pytest.raises(RunnerError, match="shows no version"):
        trtexec_version("trtexec: command line")


def test_times_are_read_with_transfers() -> None:
    assert trtexec_latencies_ms(TIMES) == [1.4, 1.41]


@pytest.mark.parametrize("value", ["NaN", "0", "-1.4", "Infinity", "true", '"1.4"', "null"])
def test_an_impossible_time_is_named(value: str) -> None:
    with pytest.raises(ValueError, match="run 1 has latencyMs"):
        trtexec_latencies_ms(TIMES.replace('"latencyMs" : 1.41', f'"latencyMs" : {value}'))


@pytest.mark.parametrize("text", ["[]", "{}", "null"])
def test_no_runs_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no runs"):
        trtexec_latencies_ms(text)


def test_the_defaults_of_11_are_those_of_10_by_name() -> None:
    runs = {v: trtexec_run("trtexec", v, Path("e"), Path("t"), 200.0, 10) for v in ("10.3.0", "11.4.1")}
    assert set(runs["11.4.1"]) - set(runs["10.3.0"]) == {"--includeDataTransfers", "--noSpinWait", "--noCudaGraph"}
    builds = {v: trtexec_build("trtexec", v, Path("m"), Path("e"), Path("w")) for v in ("10.3.0", "11.4.1")}
    assert set(builds["10.3.0"]) - set(builds["11.4.1"]) == {"--stronglyTyped"}
    assert not any("--fp16" in part or "--int8" in part for part in builds["10.3.0"])


def test_old_versions_and_missing_programs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RunnerError, match=r"TensorRT 10 or newer is needed .*; this is 8\.6\.1"):
        Trtexec(tmp_path, 1, 0, str(stand_in(tmp_path, version="8601")))
    with pytest.raises(RunnerError, match="trtexec is not on PATH"):
        Trtexec(tmp_path, 1, 0, str(tmp_path / "nowhere"))


@pytest.fixture(scope="module")
def archive(tiny_space: SearchSpace, tmp_path_factory: pytest.TempPathFactory, board: Device) -> tuple[Path, Device]:
    items = make_plan(tiny_space, networks=4, blocks=3, seed=0).items[-3:]
    path, device = tmp_path_factory.mktemp("trt") / "b.zip", replace(board, runtime="tensorrt", precision="fp16")
    protocol = MeasuringProtocol(rounds=2, extra_rounds=0)
    plan = Plan(items=items, anchors=items[:1])
    write_bundle(plan, device=device, space=tiny_space, protocol=protocol, path=path)
    return path, device


def test_the_whole_way(archive: tuple[Path, Device], tmp_path: Path) -> None:
    command = [sys.executable, "-I", str(archive[0]), "--trtexec", str(stand_in(tmp_path))]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stderr) == (0, "")
    table, _ = import_results(tmp_path / "results.jsonl", device=archive[1], folder=tmp_path / "t")
    assert (table.manifest.runtime, table.manifest.runtime_version) == ("tensorrt", "10.3.0")
    assert table.manifest.protocol["options"]["typing"] == "strong"
    bundle = Bundle(archive[0])
    sizes = {row.key_hash: len(bundle.model(row.key_hash).graph) / 1e4 for row in table.rows}
    for row in table.rows:
        assert row.precision == "fp16"
        assert row.p50_ms == pytest.approx(sizes[row.key_hash] + 0.02, rel=1e-3)
    assert len(table.rows) == 3


def test_the_first_error_of_a_build_is_the_reason(archive: tuple[Path, Device], tmp_path: Path) -> None:
    runtime, bundle = Trtexec(tmp_path / "work", 1, 0, str(stand_in(tmp_path, fails=True))), Bundle(archive[0])
    with pytest.raises(ModelError, match=r"trtexec ended with 1: .*Could not find any implementation"):
        runtime.load(bundle.model(bundle.manifest["groups"][0][0]))
    assert list((tmp_path / "work").glob("*.engine")) == []

"""TensorRT's trtexec on this machine, with a program that stands in for it."""

import json
import sys
from pathlib import Path

import pytest

from nas.measuring.backends import BACKENDS
from nas.measuring.backends.tensorrt_plan import parse_profile
from nas.measuring.plan import Item
from nas.measuring.runner.protocol import MeasuringProtocol
from search_space import OperatorSpec
from search_space.blocks import DSConv

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


def test_the_backend_says_why_it_is_not_available(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    available, reason = BACKENDS["tensorrt"].is_available()
    assert available or "trtexec is not on PATH" in reason
    stand_in(tmp_path)
    assert BACKENDS["tensorrt"].is_available() == (True, "")
    assert BACKENDS["tensorrt"].version() == "10.3.0"


def test_the_backend_keeps_the_times_of_the_layers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stand_in(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    item = Item.of_block(OperatorSpec(part=DSConv(), inputs=((8, 16, 16),), out_channels=8))
    backend, protocol = BACKENDS["tensorrt"](), MeasuringProtocol()
    loaded = backend.load_item(item, tmp_path / "t" / "models", batch=1, precision="fp16", protocol=protocol)
    assert len(loaded.model.visit(3)[0]) == 3
    record = json.loads((tmp_path / "t" / "engines" / f"{item.key}.json").read_text())
    layers = parse_profile(json.dumps(record["profile"]))
    assert [(found.name, found.share) for found in layers] == [("conv + relu", 0.75), ("softmax", 0.25)]

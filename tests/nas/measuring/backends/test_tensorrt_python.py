"""TensorRT's Python API: plans and profiles on stored JSON, the calls on stand-ins that have real names only."""

import hashlib
import inspect
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from nas.measuring.backends import BACKENDS
from nas.measuring.backends.cuda_timing import TimedGraph
from nas.measuring.backends.tensorrt_plan import (
    EnginePlan,
    cache_name,
    format_profile,
    layer_times,
    parse_profile,
    unsupported,
)
from nas.measuring.backends.tensorrt_python import TensorRTPythonBackend
from nas.measuring.plan import Item
from nas.measuring.runner.errors import ModelError
from nas.measuring.runner.protocol import MeasuringProtocol
from search_space import OperatorSpec
from search_space.blocks import DSConv

NAMES = json.loads((Path(__file__).parent / "data" / "tensorrt-names.json").read_text())
PROFILE = """[
  { "count" : 20 }
, { "name" : "conv_0 + hardswish_1", "timeMs" : 6.0, "averageMs" : 0.3, "medianMs" : 0.29, "percentage" : 75 }
, { "name" : "{ForeignNode[matmul_7...div_12]}", "timeMs" : 2.0, "averageMs" : 0.1, "percentage" : 25 }
]"""  # the form that --exportProfile has in TensorRT 10.3's samples/common/sampleReporting.cpp
FAST = MeasuringProtocol(warm_up_ms=1, max_warm_up_ms=50)
Fake = Callable[..., Any]
BLOCK = Item.of_block(OperatorSpec(part=DSConv(), inputs=((8, 16, 16),), out_channels=8))


def public(cls: type) -> dict[str, Any]:
    bases = [base for base in cls.__mro__ if base not in (object, bytes)]
    return {name: value for base in bases for name, value in vars(base).items() if name[0] != "_"}


@pytest.mark.parametrize("version", NAMES)
def test_every_name_and_signature_used_is_one_of_the_real_bindings(fake_tensorrt: Fake, version: str) -> None:
    known, module = NAMES[version]["classes"], fake_tensorrt(version)
    fakes = {name: cls for name, cls in vars(module).items() if isinstance(cls, type)}
    fakes["ILogger.Severity"] = module.ILogger.Severity
    assert set(fakes) <= set(known)
    for title, cls in fakes.items():
        for name, value in public(cls).items():
            assert name in known[title], f"{title}.{name} is not in {version}"
            if inspect.isfunction(value):
                parameters = list(inspect.signature(value).parameters)[1:]
                optional = known[title][name] in ([["strategy"], ["runtime_config"]], [["strategy"]])
                assert parameters in known[title][name] or (not parameters and optional), f"{title}.{name}"


@pytest.mark.skipif("TENSORRT_WHEELS" not in os.environ, reason="needs wheels of the bindings in $TENSORRT_WHEELS")
def test_the_recorded_names_are_those_of_the_real_bindings() -> None:
    wheels = sorted(Path(os.environ["TENSORRT_WHEELS"]).glob("tensorrt_cu12_bindings-*.whl"))
    script = Path(__file__).parents[4] / "scripts" / "record_tensorrt_names.py"
    found = subprocess.run([sys.executable, script, "--check", *wheels], capture_output=True, text=True, check=False)
    assert wheels
    assert (found.returncode, found.stderr) == (0, "")


def test_the_stand_in_for_the_gpu_has_the_names_of_torch(gpu: Any) -> None:
    assert all(hasattr(torch.cuda, name) for name in public(type(gpu)) if name != "work")
    assert all(hasattr(torch.cuda.Event, name) for name in public(gpu.Event))
    assert all(hasattr(torch.cuda.CUDAGraph, name) for name in ("replay",))
    assert {"enable_timing"} <= set(inspect.signature(torch.cuda.Event.__new__).parameters)
    assert {"cuda_graph", "stream"} <= set(inspect.signature(torch.cuda.graph.__init__).parameters)


def load(gpu: Any, folder: Path, *, item: Item = BLOCK, precision: str = "fp16", batch: int = 2) -> Any:
    backend = TensorRTPythonBackend(cuda=gpu, memory="cpu")
    return backend.load_item(item, folder / "models", batch=batch, precision=precision, protocol=FAST)


@pytest.mark.parametrize("version", NAMES)
def test_a_block_on_its_way_through_both_versions(
    fake_tensorrt: Fake, version: str, gpu: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, home: Path
) -> None:
    monkeypatch.setitem(sys.modules, "tensorrt", fake_tensorrt(version))
    loaded = load(gpu, tmp_path)
    assert loaded.model.warm_up(FAST) == pytest.approx(0.5)
    assert loaded.model.visit(4) == ([500_000] * 4, [500_000] * 4, [0] * 4)
    path = tmp_path / "models" / f"{BLOCK.key}.onnx"
    assert loaded.onnx_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    record = json.loads((tmp_path / "engines" / f"{BLOCK.key}.json").read_text())
    (cache,) = (home / "tensorrt").iterdir()
    assert cache.name == f"nvidia-test-gpu-sm90-{version}.cache"
    assert record["timing_cache_sha256"] == hashlib.sha256(cache.read_bytes()).hexdigest()
    assert (record["tensorrt"], record["batch"]) == (version, 2)
    layers = parse_profile(json.dumps(record["profile"]))
    assert [(found.name, round(found.ms, 6), round(found.share, 6)) for found in layers] == [
        ("conv", 0.3, 0.75),
        ("softmax", 0.1, 0.25),
    ]


def test_an_engine_from_before_is_used_again(
    fake_tensorrt: Fake, gpu: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "tensorrt", fake_tensorrt())
    first = load(gpu, tmp_path)
    record = tmp_path / "engines" / f"{BLOCK.key}.json"
    engine = (tmp_path / "models" / f"{BLOCK.key}.engine").read_bytes()
    assert json.loads(record.read_text())["engine_sha256"] == hashlib.sha256(engine).hexdigest()
    monkeypatch.setitem(sys.modules, "tensorrt", fake_tensorrt(fails="build"))
    assert load(gpu, tmp_path).onnx_sha256 == first.onnx_sha256


def test_the_timing_cache_is_shared_and_begun_anew_for_another_driver(
    fake_tensorrt: Fake, gpu: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, home: Path
) -> None:
    monkeypatch.setitem(sys.modules, "tensorrt", fake_tensorrt())
    for number, batch in enumerate((1, 2), start=1):
        load(gpu, tmp_path / str(batch), batch=batch)
        (cache,) = (home / "tensorrt").iterdir()
        assert len(cache.read_bytes()) == 4 * number
    cache.write_bytes(b"other driver")
    load(gpu, tmp_path / "3", batch=3)
    assert len(cache.read_bytes()) == 4


@pytest.mark.parametrize(
    ("fails", "reason"),
    [
        ("parse", "cannot parse it: node 3: Resize is not supported"),
        ("build", "cannot build it: Error Code 9: no implementation$"),
        ("run", "^TensorRT cannot run it: it gives no reason"),
    ],
)
def test_the_first_error_is_the_reason(
    fake_tensorrt: Fake, fails: str, reason: str, gpu: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "tensorrt", fake_tensorrt(fails=fails))
    with pytest.raises(ModelError, match=reason):
        load(gpu, tmp_path)
    assert not (tmp_path / "models" / "work").exists()


def test_it_says_why_it_is_not_available(fake_tensorrt: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = BACKENDS["tensorrt-python"]
    monkeypatch.setitem(sys.modules, "tensorrt", None)
    assert "tensorrt cannot be imported" in backend.is_available()[1]
    monkeypatch.setitem(sys.modules, "tensorrt", fake_tensorrt("8.6.1"))
    assert backend.is_available() == (
        False,
        "TensorRT 10 or newer is needed for strongly typed networks; this is 8.6.1",
    )
    monkeypatch.setitem(sys.modules, "tensorrt", fake_tensorrt())
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert "sees no NVIDIA GPU" in backend.is_available()[1]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert backend.is_available() == (True, "")


def test_a_graph_times_the_gpu_and_not_the_host(gpu: Any) -> None:
    timed = TimedGraph(gpu, lambda stream: gpu.work())
    assert gpu.runs == 3  # nothing ran while it was captured
    assert timed.visit(5)[0] == [500_000] * 5
    assert gpu.runs == 3 + 6


def test_what_cannot_be_captured_is_told(gpu: Any) -> None:
    def enqueue(stream: int) -> None:
        raise RuntimeError("operation not permitted when stream is capturing\nat ...")

    with pytest.raises(ModelError, match=r"captured as a CUDA graph: operation not permitted .* capturing$"):
        TimedGraph(gpu, enqueue)


def test_a_stored_profile_of_trtexec_is_read_and_written_again() -> None:
    layers = parse_profile(PROFILE)
    assert [(found.name, found.ms, found.share) for found in layers] == [
        ("conv_0 + hardswish_1", 0.3, 0.75),
        ("{ForeignNode[matmul_7...div_12]}", 0.1, 0.25),
    ]
    assert parse_profile(json.dumps(format_profile(layers, runs=20))) == layers


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"timeMs" : 6.0', '"timeMs" : NaN', "took nan ms"),
        ('"timeMs" : 6.0', '"timeMs" : -6.0', "took -6.0 ms"),
        ('"timeMs" : 6.0', '"timeMs" : "6"', "layer 0 of the profile has"),
        ('"timeMs" : 2.0', '"time" : 2.0', "layer 1 of the profile has"),
        ('{ "count" : 20 }', '{ "count" : 0 }', "count of runs is 0"),
        ('{ "count" : 20 }\n,', "", "first entry must hold the count"),
    ],
)
def test_a_broken_profile_is_refused(old: str, new: str, reason: str) -> None:
    assert old in PROFILE
    with pytest.raises(ValueError, match=reason):
        parse_profile(PROFILE.replace(old, new))


def test_plans_and_names() -> None:
    assert cache_name(gpu="Orin (nvgpu)", capability=(8, 7), version="10.3.0") == "orin-nvgpu-sm87-10.3.0.cache"
    assert unsupported("11.4.0.106") == ""
    assert [found.ms for found in layer_times([("a", 1.0), ("b", 2.0), ("a", 3.0)], runs=2)] == [2.0, 1.0]
    with pytest.raises(ValueError, match="no layer took any time"):
        layer_times([], runs=1)
    with pytest.raises(ValueError, match="optimization_level must be from 0 to 5, got 6"):
        replace(EnginePlan(batch=1), optimization_level=6)
    with pytest.raises(ValueError, match="'beta', which begins with no number"):
        unsupported("beta")

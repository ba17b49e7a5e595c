"""TensorRT's Python API on stand-ins that have real names only."""

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from nas.measuring.backends import BACKENDS
from nas.measuring.backends.tensorrt_plan import (
    parse_profile,
)
from nas.measuring.backends.tensorrt_python import TensorRTPythonBackend
from nas.measuring.plan import Item
from nas.measuring.runner.errors import ModelError
from nas.measuring.runner.protocol import MeasuringProtocol
from search_space import OperatorSpec
from search_space.blocks import DSConv

NAMES = json.loads((Path(__file__).parent / "data" / "tensorrt-names.json").read_text())

FAST = MeasuringProtocol(warm_up_ms=1, max_warm_up_ms=50)

Fake = Callable[..., Any]

BLOCK = Item.of_block(OperatorSpec(part=DSConv(), inputs=((8, 16, 16),), out_channels=8))


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

"""A runtime that is defined here goes the whole way as soon as it is registered: collect, fit, show, search."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from typer.testing import CliRunner

from nas.cli.app import app
from nas.collecting.places.here import collect
from nas.devices import find_device
from nas.disk.folders import devices_folder
from nas.measuring.backends import BACKENDS, Backend, Loaded
from nas.measuring.models.graphs import build_item
from nas.measuring.plan import Item, Plan, Split
from nas.measuring.runner.errors import ModelError
from nas.measuring.runner.protocol import MeasuringProtocol
from nas.measuring.runner.timing import Timed
from search_space import arch_cost, named_space


class ChannelsLastBackend(Backend):
    """Eager PyTorch with channels in the last place and batch norms as they are."""

    name = "torch-nhwc"
    words = "PyTorch on the CPU, channels last"
    precisions = ("fp32", "bf16")
    packages = ("torch",)
    like = "x86-avx2-core"

    @staticmethod
    def is_available() -> tuple[bool, str]:
        return True, ""

    @staticmethod
    def version() -> str:
        return torch.__version__

    @staticmethod
    def options() -> dict[str, Any]:
        return {"memory_format": "channels_last"}

    def load_item(
        self, item: Item, folder: Path, *, batch: int, precision: str, protocol: MeasuringProtocol
    ) -> Loaded:
        dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}.get(precision)
        if dtype is None:
            raise ModelError(f"no {precision}")
        torch.set_num_threads(protocol.threads)
        module, shape = build_item(item, batch=batch)
        ready = module.eval().to(dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]
        images = torch.randn(shape).to(dtype, memory_format=torch.channels_last)

        def run() -> object:
            with torch.inference_mode():
                return ready(images)

        return Loaded(Timed(run), "")


BOARD = """
[own-board]
description = "a runtime that nobody has heard of"
runtime = "torch-nhwc"
local = true
"""
SPLITS: tuple[Split, ...] = ("fit", "cal", "fit", "test") * 3
FAST = MeasuringProtocol(rounds=2, extra_rounds=0, visit_ms=1, min_runs=1, warm_up_ms=1, max_warm_up_ms=2)


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setitem(BACKENDS, "torch-nhwc", ChannelsLastBackend)
    monkeypatch.chdir(tmp_path)
    devices_folder().mkdir(parents=True)
    (devices_folder() / "own.toml").write_text(BOARD)
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def nas(*arguments: str) -> str:
    found = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.stdout


def test_a_runtime_of_ones_own_goes_the_whole_way(registered: None, tmp_path: Path) -> None:
    space, device = named_space("efficientvit"), find_device("own-board")
    asked = ["--device", "own-board", "--space", space.name]
    nas("collect", *asked, "--networks", "12", "--dry-run")
    rng = np.random.default_rng(0)
    archs = sorted({space.sample(rng) for _ in range(100)}, key=lambda arch: arch_cost(arch).macs)[:12]
    items = tuple(Item.of_network(arch, split) for arch, split in zip(archs, SPLITS, strict=True))
    plan = Plan(items=items, anchors=items[:2])
    table, _ = collect(plan, device=device, space=space, folder=tmp_path / "table", protocol=FAST)
    assert (table.manifest.runtime, table.manifest.runtime_version) == ("torch-nhwc", torch.__version__)
    assert (table.manifest.exporter, table.failed, len(table.rows)) == ("", (), 12)
    report = json.loads(nas("fit", *asked, "--table", "table", "--json"))
    assert report["n_held_out"] == 3
    shown = json.loads(nas("show", "mit-b0", *asked, "--confidence", "0.5", "--json"))["latency"]
    assert shown["device"] == "own-board"
    assert 0 < shown["low_ms"] <= shown["p50_ms"] <= shown["high_ms"]
    (listed,) = [each for each in json.loads(nas("devices", "--json")) if each["name"] == "own-board"]
    assert (listed["runtime"], listed["rows"]) == ("torch-nhwc", 12)
    nas("search", *asked, "--confidence", "0.5", "--budget", "1s", "--trials", "40", "--no-measure", "--out", "run")
    front = pd.read_csv(tmp_path / "run" / "front.csv")
    assert (front["latency_p50_ms"] <= 1000).all()
    assert not front["published"].all()

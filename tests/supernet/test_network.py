"""Published models against timm's, same weights: live where timm is installed, else by logits stored from it."""

import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor

from nas.errors import UserError
from search_space import ArchConfig, published
from supernet import Network
from supernet.converters import from_published, to_published

ROOT = Path(__file__).parents[2]


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


golden = script("make_golden_logits")
STORED: Mapping[str, Mapping[str, Any]] = json.loads(golden.GOLDEN.read_text(encoding="utf-8"))


def limit(model: str) -> float:
    return 1e-6 if "_m" in model else 1e-5


def ours(model: str, state: Mapping[str, Tensor]) -> Network:
    return from_published(state, published(model), "timm", model).network()


def names_and_shapes(arch: ArchConfig) -> dict[str, Tensor]:
    with torch.device("meta"):
        return to_published(Network(arch).state_dict(), arch, "timm")


@torch.no_grad()
@pytest.mark.parametrize("model", [name for name in golden.MODELS if not name.endswith("l3")])
def test_equals_the_logits_stored_from_timm(model: str) -> None:
    network = ours(model, golden.weights_by_formula(names_and_shapes(published(model)))).double()
    for size in golden.sizes(model):
        stored, found = STORED[model][str(size)], golden.summary(network(golden.image(size).double()))
        scale = stored["largest"]
        assert abs(found["largest"] - scale) <= limit(model) * scale
        for a, b in zip(found["first"], stored["first"], strict=True):
            assert abs(a - b) <= limit(model) * scale


@torch.no_grad()
@pytest.mark.parametrize("model", golden.MODELS)
def test_equals_timm_live(model: str) -> None:
    try:
        theirs = golden.timm_network(model)
    except UserError:
        pytest.skip("timm is not installed: compared with the logits stored from it instead")
    network = ours(model, theirs.state_dict())
    for size in golden.sizes(model):
        images = golden.image(size)
        expected = theirs(images)
        assert (network(images) - expected).abs().max() <= limit(model) * expected.abs().max()


def test_a_wrong_weight_is_noticed() -> None:
    """The comparison above can fail: one scale changed by 1 % leaves the limits."""
    state = golden.weights_by_formula(names_and_shapes(published("efficientvit_b0")))
    state["stages.2.blocks.1.context_module.main.proj.norm.weight"] *= 1.01
    with torch.no_grad():
        found = golden.summary(ours("efficientvit_b0", state).double()(golden.image(224).double()))
    stored = STORED["efficientvit_b0"]["224"]
    assert max(abs(a - b) for a, b in zip(found["first"], stored["first"], strict=True)) > 1e-4 * stored["largest"]

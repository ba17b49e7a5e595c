"""Networks: those of timm with the same weights, live where timm is installed, else by logits stored from it."""

import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nas.errors import UserError
from search_space import PUBLISHED, SPACES, ArchConfig, arch_cost, named_space, published
from supernet import Network, build
from supernet.converters import from_published, to_published
from supernet.network import state_shapes

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
    kind = torch.float32
    if "_m" in model:  # their logits are large, and a BLAS may sum float32 in another order for each of the two
        kind = torch.float64
    network, theirs = network.to(kind), theirs.to(kind)
    for size in golden.sizes(model):
        images = golden.image(size).to(kind)
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


def test_build_is_reproducible_by_seed() -> None:
    first, second = (build(named_space("digits").smallest(), seed=3).state_dict() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize(("name", "size"), [("mit-b0", 224), ("msra-m0", 224), ("mit-b0", 96), ("msra-m0", 256)])
def test_published_models_run_at_any_size(name: str, size: int) -> None:
    with torch.no_grad():
        logits = build(published(name), seed=0).eval()(torch.randn(1, 3, size, size))
    assert logits.shape == (1, 1000)
    assert logits.isfinite().all()


def test_segmentation_and_backbone_outputs() -> None:
    with torch.no_grad():
        maps = build(published("mit-b0-seg-cityscapes"), seed=0).eval()(torch.randn(1, 3, 64, 128))
        features = build(published("mit-l0"), seed=0).eval()(torch.randn(1, 3, 64, 64))
    assert maps.shape == (1, 19, 8, 16)
    assert {stride: tuple(x.shape[1:]) for stride, x in features.items()}[32] == (512, 2, 2)


@pytest.mark.parametrize("name", PUBLISHED)
def test_built_parameters_equal_the_cost_model(name: str) -> None:
    with torch.device("meta"):
        network = Network(published(name))
    assert sum(parameter.numel() for parameter in network.parameters()) == arch_cost(published(name)).parameters


@pytest.mark.parametrize("name", SPACES)
def test_random_members_have_the_parameters_of_the_cost_model(name: str) -> None:
    space, rng = named_space(name), np.random.default_rng(0)
    for _ in range(10):
        arch = space.sample(rng)
        with torch.device("meta"):
            network = Network(arch)
        assert sum(p.numel() for p in network.parameters()) == arch_cost(arch).parameters


def test_shapes_are_those_of_the_state() -> None:
    arch = named_space("digits").largest()
    state = build(arch, seed=0).state_dict()
    assert dict(state_shapes(arch)) == {name: tuple(value.shape) for name, value in state.items()}
    assert list(state_shapes(arch)) == list(state)


def test_another_seed_gives_other_weights_and_none_those_of_torch() -> None:
    arch = named_space("digits").smallest()
    torch.manual_seed(7)
    drawn, seeded, other = build(arch), build(arch, seed=7), build(arch, seed=8)
    name = "levels.2.downsample.conv.weight"
    assert torch.equal(drawn.get_parameter(name), seeded.get_parameter(name))
    assert not torch.equal(seeded.get_parameter(name), other.get_parameter(name))


def test_a_seed_leaves_torchs_generator_alone() -> None:
    torch.manual_seed(3)
    expected = torch.rand(3)
    torch.manual_seed(3)
    build(named_space("digits").smallest(), seed=0)
    assert torch.equal(torch.rand(3), expected)

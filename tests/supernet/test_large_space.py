"""The supernet of `efficientvit-l`: it computes what its members compute, and starts from the published ones."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from search_space import SPACES, ArchConfig, SearchSpace, named_space, operators, published
from supernet import Network, StartingPoint, Supernet, build
from supernet.converters import convert, save_weights
from supernet.coordinates import take

SPACE = named_space("efficientvit-l")


@cache
def thin() -> SearchSpace:
    """The space an eighth as wide and at most two blocks deep: quick, with every kind of operator."""
    levels = tuple(
        replace(level, widths=tuple(width // 8 for width in level.widths), depths=level.depths[:3])
        for level in SPACE.levels
    )
    return replace(SPACE, levels=levels, resolutions=(64,))


def around_l1() -> SearchSpace:
    """The levels of `mit-l1`, each also half as wide: quicker to allocate than the whole space."""
    levels = tuple(
        replace(
            choices, widths=(level.width // 2, level.width), depths=(level.depth,), downsamples=(level.downsample,)
        )
        for choices, level in zip(SPACE.levels, published("mit-l1").levels, strict=True)
    )
    return replace(SPACE, levels=levels, resolutions=(224,), heads=SPACE.heads[-1:], members=("mit-l1",))


@pytest.mark.parametrize("name", [name for name in SPACES if name != SPACE.name])
def test_parameters_are_as_stated(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("supernet.supernet.fill", lambda *_: None)  # start values take as long as all else
    supernet = Supernet(named_space(name))
    assert sum(parameter.numel() for parameter in supernet.parameters()) == SPACES[name].supernet_parameters


def test_the_whole_supernet() -> None:
    supernet = Supernet(SPACE).eval()
    assert sum(parameter.numel() for parameter in supernet.parameters()) == SPACES[SPACE.name].supernet_parameters
    images = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    for arch in (SPACE.published_members["mit-l2"], SPACE.sample(np.random.default_rng(0))):
        with torch.no_grad():
            assert torch.equal(supernet(images, arch), supernet.extract(arch)(images))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("training", [False, True])
def test_thin_members_equal_their_extracted_networks(seed: int, training: bool) -> None:
    arch = thin().sample(np.random.default_rng(seed))
    supernet = Supernet(thin(), seed=seed).train(training)
    images = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        assert torch.equal(supernet(images, arch), supernet.extract(arch)(images))


def test_every_shared_value_is_reached_by_some_member() -> None:
    """Each operator of the covering networks is one of some member."""
    supernet = Supernet(thin())
    reached = {key: torch.zeros(value.shape, dtype=torch.bool) for key, value in supernet.shared.items()}
    for path, op in {pair for arch in thin().covering_archs() for pair in operators(arch)}:
        for _, key, rules in supernet._rules_for(path, op):
            index = torch.arange(reached[key].numel()).reshape(reached[key].shape)
            reached[key].view(-1)[take(index, rules).reshape(-1)] = True
    assert [key for key, mask in reached.items() if not mask.all()] == []


def test_a_step_against_the_gradient_lowers_the_loss() -> None:
    space = thin().for_data(classes=4, in_channels=3)
    supernet, labels = Supernet(space).train(), torch.arange(8) % 4
    images = torch.randn(8, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    for arch in (space.largest(), space.sample(np.random.default_rng(2))):
        keys = sorted(supernet.shared_keys(arch))
        before = F.cross_entropy(supernet(images, arch), labels)
        gradients = torch.autograd.grad(before, [supernet.shared[key] for key in keys])
        norm = float(torch.stack([gradient.square().sum() for gradient in gradients]).sum().sqrt())
        with torch.no_grad():
            for key, gradient in zip(keys, gradients, strict=True):
                supernet.shared[key].sub_(gradient, alpha=0.02 / norm)
            assert F.cross_entropy(supernet(images, arch), labels) < before


def settled(arch: ArchConfig) -> Network:
    """A network with random batch-norm statistics, small ones where epsilons tell."""
    network = build(arch, seed=0)
    generator = torch.Generator().manual_seed(0)
    for key, value in network.state_dict().items():
        if key.endswith("running_var"):
            value.copy_(0.5 + torch.rand(value.shape, generator=generator))
        elif key.endswith("norm.weight"):
            value.copy_(0.2 + 0.2 * torch.rand(value.shape, generator=generator))
    return network.eval()


def test_supernet_starts_as_the_published_model(tmp_path: Path) -> None:
    """timm's files mean its epsilons: another one of linear attention, another one in the head's batch norm."""
    path = tmp_path / "model.safetensors"
    save_weights(settled(published("mit-l1")), path, "timm")
    network = convert(path, published("mit-l1")).network()
    start = StartingPoint.read(path, around_l1())
    supernet = Supernet(start.space).eval()
    found = start.initialise(supernet)
    arch = start.space.published_members["mit-l1"]
    assert (start.space.conv_norm_eps, start.space.attention_eps, arch) == (1e-5, 1e-5, network.arch)
    assert start.space.decode(start.space.encode(arch)) == arch
    images = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        expected, got = network(images), supernet(images, arch)
    assert float((got - expected).abs().max() / expected.abs().max()) <= 1e-5
    assert found.numbers == sum(parameter.numel() for parameter in network.parameters())

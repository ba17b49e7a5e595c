"""A supernet that starts from a published checkpoint is that model where the model reads its weights."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import torch

from search_space import MitHead, NormLinearHead, SearchSpace, named_space, published
from search_space.attention import CascadedGroupAttentionChoices, LinearAttentionChoices
from supernet import Network, StartingPoint, Supernet, build
from supernet.converters import convert, save_weights

ALLOWED = 1e-5  # relative to the largest logit
FEW = (
    LinearAttentionChoices(head_dims=(16, 32), head_ratios=(0.5, 1.0), scales=((5,), (3, 5))),
    CascadedGroupAttentionChoices(
        heads=(2, 3, 4), key_dims=(16,), windows=(7,), query_kernels=((5, 5, 5, 5), (7, 5, 3, 3))
    ),
)


def small_space(*members: str) -> SearchSpace:
    """The space with the widths of a few models and of one wider than they are, one resolution, few settings of the
    attention types, and their heads: it is quicker to allocate.
    """
    space = named_space("efficientvit")
    known = [
        level for name in ("mit-b0", "mit-b1", "mit-b2", "msra-m0", "msra-m4") for level in published(name).levels
    ]
    used = {(level.stride, level.width) for level in known}
    levels = (
        replace(
            choices.offering({"attentions": (None, *FEW)}),
            widths=tuple(width for width in choices.widths if (choices.stride, width) in used),
        )
        for choices in space.levels
    )
    heads = (NormLinearHead(), MitHead(widths=(1024, 1280)), MitHead(widths=(1536, 1600)))
    return replace(space, levels=tuple(levels), resolutions=(224,), heads=heads, members=members)


def settled(name: str, seed: int = 0) -> Network:
    """A published model with random weights, norms included, so that every branch contributes."""
    network = build(published(name), seed=seed)
    generator = torch.Generator().manual_seed(seed)
    for key, value in network.state_dict().items():
        if key.endswith("running_mean"):
            value.copy_(0.1 * torch.randn(value.shape, generator=generator))
        elif key.endswith("running_var"):
            value.copy_(0.5 + torch.rand(value.shape, generator=generator))
        elif key.endswith("norm.weight"):
            value.copy_(0.2 + 0.2 * torch.rand(value.shape, generator=generator))
    return network.eval()


@pytest.fixture(scope="module")
def supernets() -> Callable[[SearchSpace], Supernet]:
    """One supernet for each epsilon."""
    return cache(lambda space: Supernet(space).eval())


@pytest.mark.parametrize(
    ("name", "naming"), [("mit-b1", "authors"), ("mit-b1", "timm"), ("msra-m4", "timm"), ("msra-m0", "authors")]
)
def test_supernet_equals_the_published_model(
    supernets: Callable[[SearchSpace], Supernet], name: str, naming: str, tmp_path: Path
) -> None:
    """timm's file means timm's epsilon, which is 9e-5 away from the authors' on such weights."""
    path = tmp_path / "model.safetensors"
    save_weights(settled(name), path, naming)
    network = convert(path, published(name)).network()
    start = StartingPoint.read(path, small_space("mit-b0", "mit-b1", "msra-m0", "msra-m4"))
    supernet = supernets(start.space)
    before = {key: value.clone() for key, value in supernet.shared.items()}
    found = start.initialise(supernet)
    images = torch.randn(2, 3, 224, 224, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        expected, got = network(images), supernet(images, start.space.published_members[name])
    assert found.model == name
    assert float((got - expected).abs().max() / expected.abs().max()) <= ALLOWED
    changed = sum(int((before[key] != value).sum()) for key, value in supernet.shared.items())
    assert 0 < changed <= found.numbers == sum(parameter.numel() for parameter in network.parameters())
    assert found.numbers < found.numbers_in_all == sum(value.numel() for value in supernet.shared.values())


def test_other_classes_and_channels(tmp_path: Path) -> None:
    """The classifier is left as it was, the first convolution averaged, all else as published."""
    network = settled("msra-m0")
    save_weights(network, tmp_path / "model.safetensors", "timm")
    space = small_space("msra-m0").for_data(classes=7, in_channels=1)
    start = StartingPoint.read(tmp_path / "model.safetensors", space)
    supernet = Supernet(start.space).eval()
    found = start.initialise(supernet)
    extracted = supernet.extract(start.space.published_members["msra-m0"])
    gray = torch.randn(2, 1, 224, 224, generator=torch.Generator().manual_seed(2))
    features: list[torch.Tensor] = []
    with torch.no_grad():
        for module, images in ((network, gray.expand(-1, 3, -1, -1)), (extracted, gray)):
            module.head.classify.register_forward_pre_hook(lambda _, inputs: features.append(inputs[0]))
            logits = module(images)
    assert logits.shape == (2, 7)
    assert float((features[0] - features[1]).abs().max() / features[0].abs().max()) <= ALLOWED
    assert [note.split()[0] for note in found.notes] == ["first", "classifier"]
    assert found.numbers == sum(p.numel() for name, p in extracted.named_parameters() if "classify" not in name)


def test_a_space_without_published_members_cannot_start_from_one(tmp_path: Path) -> None:
    save_weights(build(published("msra-m0"), seed=0), tmp_path / "m0.safetensors")
    with pytest.raises(ValueError, match="space digits has no published members"):
        StartingPoint.read(tmp_path / "m0.safetensors", named_space("digits"))


def test_a_foreign_checkpoint_is_refused_by_key(tmp_path: Path) -> None:
    save_weights(build(published("mit-b2"), seed=0), tmp_path / "b2.safetensors")
    with pytest.raises(ValueError, match=r"key .* closest published model: mit-b1"):
        StartingPoint.read(tmp_path / "b2.safetensors", small_space("mit-b0", "mit-b1"))

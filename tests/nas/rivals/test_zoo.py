"""timm's models as they are deployed, and their costs by our own counting."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from nas.errors import UserError
from nas.rivals.catalogue import ZooModel
from nas.rivals.zoo import _block_of, create, deployed, import_timm, load_weights, trace_cost
from search_space import arch_cost, published
from supernet import build, fold_batch_norms


@pytest.mark.parametrize("name", ["mit-b0", "msra-m0"])
def test_costs_of_our_own_networks_are_those_of_the_closed_form(name: str) -> None:
    arch = published(name)
    network = fold_batch_norms(build(arch, seed=0))
    found, expected = trace_cost(network, torch.zeros(1, 3, *arch.resolution)), arch_cost(arch)
    assert found.macs == expected.macs
    assert found.activations == pytest.approx(expected.activations, rel=0.02)
    assert found.kernels >= expected.kernels


def test_costs_of_a_convolution_and_a_linear_layer() -> None:
    model = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5))
    found = trace_cost(model, torch.zeros(1, 3, 4, 4))
    assert found.macs == 16 * 8 * 27 + 40
    assert found.weights == 8 * 27 + 8 + 45
    assert (found.activations, found.kernels) == (48 + 128 + 13, 2)
    assert found.busiest == 48 + 128


@pytest.mark.parametrize(
    ("name", "block"),
    [
        ("stages.2.blocks.3.token_mixer.conv", "stages.2.blocks.3"),
        ("stages.0.1.dwconv.conv", "stages.0.1"),
        ("stages_1.blocks.0.attn", "stages_1.blocks.0"),
        ("blocks.1.0.conv_pw", "blocks.1.0"),
        ("blocks.7.mlp.fc1", "blocks.7"),
        ("layer1.0.conv2", "layer1.0"),
        ("stem.conv1.linear", "stem.conv1"),
        ("", ""),
    ],
)
def test_blocks_by_the_names_of_modules(name: str, block: str) -> None:
    assert _block_of(name) == block


@torch.no_grad()
def test_the_deployed_form_computes_the_same_with_fewer_layers(zoo: tuple[ZooModel, ...]) -> None:
    for each in (*zoo, replace(zoo[0], tag="repvit_m0_9.dist_450e_in1k", side=64)):
        model = create(each.tag, each.side)
        images = torch.randn((1, 3, each.side, each.side), generator=torch.Generator().manual_seed(1))
        found = deployed(model, images)
        expected = model(images)
        assert (found(images) - expected).abs().max() <= 1e-4 * expected.abs().max()
        assert not [part for part in found.modules() if isinstance(part, nn.modules.batchnorm._BatchNorm)]
        assert len(list(found.parameters())) < len(list(model.parameters()))


def test_same_seed_same_weights(zoo: tuple[ZooModel, ...]) -> None:
    first, second = (create(zoo[0].tag, zoo[0].side).state_dict() for _ in range(2))
    assert all(first[name].equal(second[name]) for name in first)


def test_a_wrong_merge_is_noticed(zoo: tuple[ZooModel, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    def spoiled(_model: nn.Module) -> nn.Module:
        return create(zoo[0].tag, zoo[0].side, seed=1)

    monkeypatch.setattr(import_timm().utils, "reparameterize_model", spoiled)
    with pytest.raises(ValueError, match="changes its outputs"):
        deployed(create(zoo[0].tag, zoo[0].side), torch.ones(1, 3, 160, 160))


def test_unknown_tags_are_named(zoo: tuple[ZooModel, ...]) -> None:
    for tag in ("nothing_at_all", "lcnet_050.nothing"):
        with pytest.raises(UserError, match=f"has no model '{tag}'"):
            create(tag)


def test_weights_of_another_model_are_refused(zoo: tuple[ZooModel, ...], tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    save_file({"other.weight": torch.ones(1)}, path)
    with pytest.raises(UserError, match="belongs to another model"):
        load_weights(create(zoo[0].tag), path)
    with pytest.raises(UserError, match="cannot read weights"):
        load_weights(create(zoo[0].tag), path.with_name("none.safetensors"))

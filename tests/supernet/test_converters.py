"""Published names and ours: the same tensors both ways, and files that are refused by name.

Where timm can be imported its models are the reference; elsewhere the names stated in the authors' code are.
"""

import functools
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
import torch
from safetensors.torch import save_file

from search_space import ALIASES, PUBLISHED, published
from supernet import build
from supernet.converters import from_published, key_map, load_published, read_checkpoint, to_published


@functools.cache
def timm_or_none() -> ModuleType | None:
    """timm, with the two operators declared that torchvision lacks over a CPU build of torch."""
    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    timm_or_none.library = library  # type: ignore[attr-defined]
    try:
        import timm
    except ImportError:
        return None
    return timm


NAMED = {
    ("mit-b0", "timm"): {
        "levels.2.downsample.conv.weight": "stem.in_conv.conv.weight",
        "levels.2.blocks.0.branch.project.norm.bias": "stem.res0.main.point_conv.norm.bias",
        "levels.4.downsample.expand.conv.weight": "stages.0.blocks.0.main.inverted_conv.conv.weight",
        "levels.8.blocks.0.local.depthwise.norm.weight": "stages.1.blocks.1.main.depth_conv.norm.weight",
        "levels.16.blocks.1.attention.qkv.weight": "stages.2.blocks.2.context_module.main.qkv.conv.weight",
        "levels.32.blocks.0.attention.proj.conv.weight": "stages.3.blocks.1.context_module.main.proj.conv.weight",
        "levels.32.blocks.0.local.expand.conv.bias": "stages.3.blocks.1.local_module.main.inverted_conv.conv.bias",
        "head.classify.bias": "head.classifier.4.bias",
    },
    ("mit-b0", "authors"): {
        "levels.2.downsample.conv.weight": "backbone.input_stem.op_list.0.conv.weight",
        "levels.4.downsample.expand.conv.weight": "backbone.stages.0.op_list.0.main.inverted_conv.conv.weight",
        "head.linear.weight": "head.op_list.2.linear.weight",
    },
    ("mit-l1", "authors"): {
        "levels.2.blocks.0.branch.conv1.conv.weight": "backbone.stages.0.op_list.1.main.conv1.conv.weight",
        "levels.4.downsample.expand.conv.weight": "backbone.stages.1.op_list.0.main.spatial_conv.conv.weight",
    },
    ("mit-b1-seg-cityscapes", "authors"): {
        "head.inputs.0.conv.weight": "head.input_ops.0.op_list.0.conv.weight",
        "head.inputs.2.norm.bias": "head.input_ops.2.norm.bias",
        "head.middle.1.branch.expand.conv.weight": "head.middle.op_list.1.main.inverted_conv.conv.weight",
        "head.classify.weight": "head.output_ops.0.op_list.1.conv.weight",
    },
    ("msra-m0", "authors"): {
        "levels.16.downsample.conv.weight": "patch_embed.6.c.weight",
        "levels.32.downsample.ffn1.pw2.norm.weight": "blocks2.2.1.m.pw2.bn.weight",
        "levels.64.blocks.1.attention.proj.conv.weight": "blocks3.4.mixer.m.attn.proj.1.c.weight",
        "levels.16.blocks.0.attention.biases": "blocks1.0.mixer.m.attn.attention_biases",
        "levels.32.downsample.se.fc1.bias": "blocks2.1.se.fc1.bias",
        "head.classify.weight": "head.l.weight",
    },
}


@pytest.mark.parametrize(("model", "naming"), NAMED)
def test_names_are_those_of_the_published_code(model: str, naming: str) -> None:
    keys = key_map(published(model), naming)
    assert {ours: keys[ours] for ours in NAMED[model, naming]} == NAMED[model, naming]


@pytest.mark.parametrize("model", [name for name in PUBLISHED if "sam" not in name and "l3" not in name])
def test_names_are_distinct(model: str) -> None:
    for naming in ("authors",) if "seg" in model else ("timm", "authors"):
        keys = key_map(published(model), naming)
        assert len(set(keys.values())) == len(keys)


@pytest.mark.parametrize("naming", ["timm", "authors"])
@pytest.mark.parametrize("model", ["mit-b0", "msra-m0"])
def test_there_and_back_is_the_same_state(model: str, naming: str) -> None:
    arch = published(model)
    state = build(arch, seed=0).state_dict()
    again = from_published(to_published(state, arch, naming), arch, naming, "memory")
    assert again.keys() == state.keys()
    assert all(torch.equal(again[name], state[name]) for name in state)


@pytest.mark.parametrize("alias", [name for name in ALIASES if name[-2:] in ("b0", "b1", "l1", "m0", "m1", "m5")])
def test_equals_timm(alias: str) -> None:
    """Same weights, same logits; timm's epsilon of linear attention is taken."""
    timm = timm_or_none()
    if timm is None:
        pytest.skip("timm is not installed; the names above were checked instead")
    model = timm.create_model(alias).eval()
    generator = torch.Generator().manual_seed(0)
    for name, value in model.state_dict().items():
        if value.ndim == 1 and value.is_floating_point():
            value.copy_(torch.rand(value.shape, generator=generator) * 0.5 + (0.75 if "bias" not in name else 0))
    arch = replace(published(alias), attention_eps=1e-5)
    network = build(arch, seed=0)
    network.load_state_dict(from_published(model.state_dict(), arch, "timm", alias))
    images = torch.randn(1, 3, 224, 224, generator=generator)
    with torch.no_grad():
        expected, found = model(images), network.eval()(images)
    limit = 1e-6 if "_m" in alias else 1e-5
    assert (found - expected).abs().max() <= limit * expected.abs().max()


def saved(tmp_path: Path, change: str) -> Path:
    arch, path = published("msra-m0"), tmp_path / "m0.safetensors"
    state = to_published(build(arch, seed=0).state_dict(), arch, "timm")
    if change == "missing":
        del state["head.linear.bias"]
    elif change == "extra":
        state["head.extra"] = torch.zeros(1)
    elif change == "renamed":
        state["head.renamed"] = state.pop("head.linear.bias")
    elif change == "misshaped":
        state["head.linear.bias"] = torch.zeros(3)
    save_file({name: value.contiguous() for name, value in state.items()}, path)
    if change == "truncated":
        path.write_bytes(path.read_bytes()[:5000])
    return path


def test_a_file_loads_whichever_names_it_has(tmp_path: Path) -> None:
    arch = published("msra-m0")
    network = build(arch, seed=0)
    for naming in ("timm", "authors"):
        path = tmp_path / f"{naming}.pt"
        torch.save({"model": to_published(network.state_dict(), arch, naming)}, path)
        found = load_published(path, arch).state_dict()
        assert all(torch.equal(value, found[name]) for name, value in network.state_dict().items())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("missing", "key 'head.linear.bias' is missing"),
        ("renamed", "key 'head.linear.bias' is missing"),
        ("extra", "key 'head.extra' is unknown"),
        ("misshaped", r"key 'head.linear.bias' has shape \(3,\), not \(1000,\)"),
        ("truncated", "m0.safetensors is not a whole safetensors file"),
    ],
)
def test_wrong_files_are_named(tmp_path: Path, change: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load_published(saved(tmp_path, change), published("msra-m0"))


class Bomb:
    """Creates a file when unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (self.path,)  # type: ignore[return-value]


def test_code_in_a_pickle_does_not_run(tmp_path: Path) -> None:
    trap = tmp_path / "executed"
    torch.save({"state_dict": Bomb(trap)}, tmp_path / "bomb.pt")
    with pytest.raises(ValueError, match=r"bomb.pt is not a checkpoint of tensors alone"):
        read_checkpoint(tmp_path / "bomb.pt")
    assert not trap.exists()

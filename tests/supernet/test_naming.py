"""Parameter names of published checkpoints against ours."""

import pytest

from search_space import PUBLISHED, published
from supernet.naming import key_map
from supernet.network import state_shapes

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


@pytest.mark.parametrize("model", PUBLISHED)
def test_names_are_distinct(model: str) -> None:
    for naming in ("native", "authors") if "seg" in model else ("native", "timm", "authors"):
        keys = key_map(published(model), naming)
        assert len(set(keys.values())) == len(keys)


def test_native_names_are_ours() -> None:
    arch = published("mit-b0")
    assert key_map(arch, "native") == {name: name for name in state_shapes(arch)}


def test_unknown_namings_and_networks_without_such_names_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown checkpoint naming 'keras'; known: native, timm, authors"):
        key_map(published("mit-b0"), "keras")
    with pytest.raises(ValueError, match=r"has no timm names .*timm has no segmentation models.*; use native ones"):
        key_map(published("mit-b0-seg-cityscapes"), "timm")

"""Parameter names of published checkpoints, timm's and the authors', against ours.

The tensors are the same in all; only names differ.
"""

import re

from search_space import ArchConfig, LevelConfig, SegHead
from supernet.network import state_shapes

FORMATS = ("native", "timm", "authors")
_CONVS = {"expand": "inverted_conv", "depthwise": "depth_conv", "project": "point_conv"}


def key_map(arch: ArchConfig, naming: str) -> dict[str, str]:
    """Our name of every parameter and buffer of an architecture -> its name in `native`, `timm` or `authors` files.

    Raises:
        ValueError: unknown naming, or an architecture that was never published in it.
    """
    if naming not in FORMATS:
        raise ValueError(f"unknown checkpoint naming {naming!r}; known: {', '.join(FORMATS)}")
    names = state_shapes(arch)
    if naming == "native":
        return {name: name for name in names}
    microsoft = arch.head is not None and arch.head.type == "norm_linear"
    try:
        return {name: (_msra_name if microsoft else _mit_name)(arch, name, naming) for name in names}
    except (KeyError, ValueError, IndexError, StopIteration) as error:
        raise ValueError(f"this architecture has no {naming} names ({error}); use native ones") from None


def _mit_name(arch: ArchConfig, name: str, naming: str) -> str:
    if name.startswith("head."):
        return _mit_head_name(arch, name, naming)
    _, stride, slot, *rest = name.split(".")
    level = next(level for level in arch.levels if level.stride == int(stride))
    stem = stride == "2"
    if slot == "downsample":
        block, tail = 0, "main." + ".".join(_renamed(rest, level.downsample.type)) if not stem else ".".join(rest)
    else:
        block, tail = int(rest[0]) + 1, _mit_block_tail(level, rest[1:])
    if naming == "timm":
        if stem:
            return f"stem.in_conv.{tail}" if block == 0 else f"stem.res{block - 1}.{tail}"
        return f"stages.{_stage(stride)}.blocks.{block}.{tail}"
    large = arch.activation == "gelu_tanh"
    if stem:
        return f"backbone.{'stages.0' if large else 'input_stem'}.op_list.{block}.{tail}"
    return f"backbone.stages.{_stage(stride) + large}.op_list.{block}.{tail}"


def _stage(stride: str) -> int:
    """0 for stride 4, 1 for stride 8, and so on."""
    return int(stride).bit_length() - 3


def _mit_block_tail(level: LevelConfig, rest: list[str]) -> str:
    part, *inner = rest
    if part != "attention":
        block = level.blocks[0]
        module = "local_module.main" if block.attention is not None else "main"
        return f"{module}.{'.'.join(_renamed(inner, block.type))}"
    if inner[0] == "qkv":
        inner = ["qkv", "conv", *inner[1:]]
    elif inner[0] == "aggregate":
        scales = getattr(level.attention, "scales", ())
        inner = ["aggreg", str(scales.index(int(inner[1]))), *inner[2:]]
    return f"context_module.main.{'.'.join(inner)}"


def _renamed(inner: list[str], kind: str) -> list[str]:
    """Convolutions of a block under the published names."""
    first, *others = inner
    if first == "expand" and kind == "fused_mbconv":
        return ["spatial_conv", *others]
    return [_CONVS.get(first, first), *others]


def _mit_head_name(arch: ArchConfig, name: str, naming: str) -> str:
    part, _, tail = name.removeprefix("head.").partition(".")
    if isinstance(arch.head, SegHead):
        if naming != "authors":
            raise ValueError("timm has no segmentation models")
        return _seg_head_name(arch.head, part, tail)
    timm = {"in_conv": "in_conv", "linear": "classifier.0", "norm": "classifier.1", "classify": "classifier.4"}
    authors = {"in_conv": "op_list.0", "linear": "op_list.2.linear", "norm": "op_list.2.norm"}
    authors["classify"] = "op_list.3.linear"
    return f"head.{(timm if naming == 'timm' else authors)[part]}.{tail}"


def _seg_head_name(head: SegHead, part: str, tail: str) -> str:
    """Maps that are upsampled sit in a list with the upsampling; the one at stride 8 stands alone."""
    if part == "inputs":
        index, _, inner = tail.partition(".")
        return f"head.input_ops.{index}.{inner if index == '2' else f'op_list.0.{inner}'}"
    if part == "middle":
        block, _, *units = tail.split(".")
        return f"head.middle.op_list.{block}.main.{'.'.join(_renamed(units, head.block))}"
    if part == "final":
        return f"head.output_ops.0.op_list.0.{tail}"
    return f"head.output_ops.0.op_list.{int(bool(head.final_expand))}.conv.{tail}"


_MSRA_UNIT = {"timm": ("conv", "bn"), "authors": ("c", "bn")}


def _msra_name(arch: ArchConfig, name: str, naming: str) -> str:
    del arch
    conv, norm = _MSRA_UNIT[naming]
    name = re.sub(r"\.norm\.", f".{norm}.", name)
    if not re.search(r"\.se\.", name):
        name = re.sub(r"\.conv\.", f".{conv}.", name)
    if name.startswith("head."):
        return name.replace("head.classify", "head.linear" if naming == "timm" else "head.l")
    _, stride, slot, *rest = name.split(".")
    if int(stride) <= 8 or (stride == "16" and slot == "downsample"):
        index = int(stride).bit_length() - 2
        return ".".join(["patch_embed", f"conv{index + 1}" if naming == "timm" else str(2 * index), *rest])
    stage = int(stride).bit_length() - 5
    if slot == "downsample":
        return _msra_merge_name(stage, rest, naming)
    block, part, *inner = rest
    if naming == "timm":
        prefix = f"stages.{stage}.blocks.{block}"
    else:
        prefix = f"blocks{stage + 1}.{int(block) + (3 if stage else 0)}"
    if part != "attention":
        return ".".join([prefix, part, "m", *inner])
    if inner[0] == "biases":
        inner = ["attention_biases"]
    elif inner[0] == "proj":
        inner = ["proj", "1", *inner[1:]]
    return ".".join([prefix, "mixer.m.attn", *inner])


def _msra_merge_name(stage: int, rest: list[str], naming: str) -> str:
    part, *inner = rest
    pairs = {"dw0": ("0", "0"), "ffn0": ("0", "1"), "dw1": ("2", "0"), "ffn1": ("2", "1")}
    if part in pairs:
        group, member = pairs[part]
        if naming == "timm":
            res = "res1" if group == "0" else "res2"
            return ".".join([f"stages.{stage}.downsample.{res}.{member}.m", *inner])
        return ".".join([f"blocks{stage + 1}.{group}.{member}.m", *inner])
    prefix = f"stages.{stage}.downsample.patchmerge" if naming == "timm" else f"blocks{stage + 1}.1"
    return ".".join([prefix, part, *inner])

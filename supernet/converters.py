"""Published checkpoints, both ways: timm's and the authors' parameter names against ours.

The tensors are the same in all three; only names differ. Loading is strict: a missing, extra or misshaped key is
named. Epsilons are not part of a checkpoint: timm computes linear attention with 1e-5 where the authors use 1e-15
(`ArchConfig.attention_eps`).
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from search_space import ArchConfig, LevelConfig, SegHead
from supernet.network import Network, build

FORMATS = ("timm", "authors")
TIMM_ATTENTION_EPS = 1e-5
_COUNTER = "num_batches_tracked"
_CONVS = {"expand": "inverted_conv", "depthwise": "depth_conv", "project": "point_conv"}


def key_map(arch: ArchConfig, naming: str) -> dict[str, str]:
    """Our name of every parameter and buffer of a published architecture -> its name in `timm` or `authors` files.

    Raises:
        ValueError: unknown naming, or an architecture that was never published in it.
    """
    if naming not in FORMATS:
        raise ValueError(f"unknown checkpoint naming {naming!r}; known: {', '.join(FORMATS)}")
    with torch.device("meta"):
        names = list(Network(arch).state_dict())
    microsoft = arch.head is not None and arch.head.type == "norm_linear"
    translate = _msra_name if microsoft else _mit_name
    return {name: translate(arch, name, naming) for name in names}


def from_published(state: Mapping[str, Tensor], arch: ArchConfig, naming: str, source: str) -> dict[str, Tensor]:
    """A state dict of `build(arch)` from published names; `source` is named in errors.

    Raises:
        ValueError: a missing, extra or misshaped key.
    """
    keys = key_map(arch, naming)
    state = {name: value for name, value in state.items() if not name.endswith("attention_bias_idxs")}
    with torch.device("meta"):
        shapes = {name: tuple(value.shape) for name, value in Network(arch).state_dict().items()}
    wanted = {theirs for ours, theirs in keys.items() if not ours.endswith(_COUNTER)}
    if missing := sorted(wanted - set(state)):
        raise ValueError(f"{source}: key {missing[0]!r} is missing ({len(missing)} in all)")
    if extra := sorted(set(state) - set(keys.values())):
        raise ValueError(f"{source}: key {extra[0]!r} is unknown ({len(extra)} in all)")
    found = {}
    for ours, theirs in keys.items():
        value = state.get(theirs, torch.zeros((), dtype=torch.long))  # counters may be left out
        if tuple(value.shape) != shapes[ours]:
            raise ValueError(f"{source}: key {theirs!r} has shape {tuple(value.shape)}, not {shapes[ours]}")
        found[ours] = value
    return found


def to_published(state: Mapping[str, Tensor], arch: ArchConfig, naming: str) -> dict[str, Tensor]:
    """The state dict of `build(arch)` under published names."""
    return {theirs: state[ours] for ours, theirs in key_map(arch, naming).items()}


def load_published(path: Path, arch: ArchConfig) -> Network:
    """The network of `arch` with the weights of a timm or authors' file; the naming is recognised by its keys.

    Raises:
        ValueError: the file cannot be read safely, or its keys do not fit; names the file or the key.
    """
    state = read_checkpoint(path)
    known = FORMATS if not isinstance(arch.head, SegHead) else ("authors",)
    fits = {naming: len(set(key_map(arch, naming).values()) & set(state)) for naming in known}
    naming = max(fits, key=lambda name: fits[name])
    if naming == "timm":
        arch = replace(arch, attention_eps=TIMM_ATTENTION_EPS)
    network = build(arch, seed=0)
    network.load_state_dict(from_published(state, arch, naming, str(path)))
    return network.eval()


def read_checkpoint(path: Path) -> dict[str, Tensor]:
    """Tensors of a safetensors file, or of a torch file that holds tensors alone (`weights_only=True`).

    Raises:
        ValueError: missing, truncated, or a pickle with anything else in it; nothing in it is executed.
    """
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise ValueError(f"cannot read checkpoint {path}: {error.strerror or error}") from None
    except SafetensorError as error:
        raise ValueError(f"{path} is not a whole safetensors file: {error}") from None
    except Exception as error:  # the unpickler's own errors share no base class
        raise ValueError(f"{path} is not a checkpoint of tensors alone: {str(error).splitlines()[0]}") from None
    for wrapper in ("state_dict", "model"):
        if isinstance(state, dict) and isinstance(state.get(wrapper), dict):
            state = state[wrapper]
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise ValueError(f"{path} is not a checkpoint of tensors alone")
    return dict(state)


def _mit_name(arch: ArchConfig, name: str, naming: str) -> str:
    if name.startswith("head."):
        return _mit_head_name(arch, name, naming)
    _, stride, slot, *rest = name.split(".")
    level = next(level for level in arch.levels if level.stride == int(stride))
    stem = stride == "2"
    if slot == "downsample":
        block, tail = 0, "main." + ".".join(_renamed(rest, level.downsample)) if not stem else ".".join(rest)
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
        module = "local_module.main" if level.block == "evit" else "main"
        return f"{module}.{'.'.join(_renamed(inner, level.block))}"
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

"""A small space around one part, so that a part can be examined without a network that has it."""

import importlib
import importlib.util
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from search_space import (
    ATTENTION,
    BLOCKS,
    DOWNSAMPLES,
    HEADS,
    SPACES,
    LevelChoices,
    NormLinearHead,
    SearchSpace,
    named_space,
)
from search_space.attention import AttentionChoices
from search_space.blocks import BlockChoices, DSConvChoices, MBConv
from search_space.downsamples import ConvDownsample, DownsampleConfig
from search_space.heads import HeadConfig

SIDE = 16  # pixels: maps of 8 and 4, on which every tap of a kernel and every window has something to do


def find_space(name: str) -> SearchSpace:
    """The space that `--part` means.

    `linear`: a small one around that attention type, block, downsample or head. `my.module:NAME` or
    `my/file.py:NAME`: what that module calls so, a `SearchSpace` or the choices of an attention type that the module
    registers.

    Raises:
        ValueError: no such part or module; says what is known.
    """
    if ":" in name:
        module, _, attribute = name.rpartition(":")
        return _space_of(name, getattr(_import(module), attribute, None))
    known = sorted({*ATTENTION, *HEADS, *BLOCKS, *DOWNSAMPLES})
    if name not in known:
        raise ValueError(f"unknown part {name!r}; known: {', '.join(known)}, or module:NAME of a space of your own")
    return space_around(name)


def _space_of(name: str, found: object) -> SearchSpace:
    if isinstance(found, SearchSpace):
        return found
    if hasattr(found, "genes") and hasattr(found, "decode") and getattr(found, "type", None) in ATTENTION:
        return around_attention(found)  # type: ignore[arg-type]
    raise ValueError(f"{name} is neither a SearchSpace nor the choices of a registered attention type: {found!r}")


def _import(module: str) -> ModuleType:
    """A module by its name or its file; a file is imported once."""
    if not module.endswith(".py"):
        try:
            return importlib.import_module(module)
        except ImportError as error:
            raise ValueError(f"cannot import {module}: {error}") from None
    path = Path(module).resolve()
    known = f"examined_{path.stem}"
    if known in sys.modules:
        return sys.modules[known]
    spec = importlib.util.spec_from_file_location(known, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ValueError(f"no module at {path}")
    sys.modules[known] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[known])
    return sys.modules[known]


def space_around(part: str) -> SearchSpace:
    """A small space whose second level has the part of that name in every role that it can play."""
    if part in ATTENTION:
        return around_attention(_choices(part))
    blocks = (BLOCKS[part].small(),) if part in BLOCKS else (MBConv.small(),)
    downsamples: tuple[DownsampleConfig, ...] = (ConvDownsample(),)
    if part in DOWNSAMPLES and (small := DOWNSAMPLES[part].small()) not in downsamples:
        downsamples = (small,) if small.stride != downsamples[0].stride else (*downsamples, small)
    head = HEADS[part].small() if part in HEADS else NormLinearHead.small()
    return _space(part, blocks=blocks, downsamples=downsamples, head=head)


def around_attention(choices: AttentionChoices) -> SearchSpace:
    """A small space whose second level has that attention, or none, in every block that has room for it."""
    found: list[BlockChoices] = []
    for block in BLOCKS.values():
        with suppress(ValueError):
            found += [block.small()] if block.small().attentions else []
    space = _space(choices.type, blocks=tuple(found))
    return replace(space, levels=tuple(level.offering({"attentions": (None, choices)}) for level in space.levels))


def _choices(kind: str) -> AttentionChoices:
    """Small choices of an attention type: its own, or the first that a named space offers.

    Raises:
        ValueError: no space offers the type.
    """
    with suppress(ValueError):
        return ATTENTION[kind].small()
    for name in SPACES:
        for level in named_space(name).levels:
            for choices in level.attentions:
                if choices is not None and choices.type == kind:
                    return choices
    raise ValueError(f"no space offers {kind} attention: name its choices as module:NAME")


def _space(
    name: str,
    *,
    blocks: tuple[BlockChoices, ...],
    downsamples: tuple[DownsampleConfig, ...] = (ConvDownsample(),),
    head: HeadConfig | None = None,
) -> SearchSpace:
    head = head or NormLinearHead.small()
    plain = LevelChoices(stride=2, widths=(8, 12), depths=(0, 1), blocks=(DSConvChoices(kernels=(3, 5)),))
    stride = 2 * downsamples[0].stride
    level = LevelChoices(stride=stride, widths=(24, 36), depths=(1, 2), downsamples=downsamples, blocks=tuple(blocks))
    deeper = [
        LevelChoices(stride=further, widths=(12, 16))
        for further in (4, 8, 16, 32)
        if stride < further <= max(head.strides, default=0)
    ]
    return SearchSpace(
        name=f"around-{name}",
        resolutions=(64 if deeper else SIDE * stride // 4,),
        activations=("relu", "hswish"),
        in_channels=1,
        heads=(head,),
        levels=(plain, level, *deeper),
    )

"""A small space around one part, so that a part can be examined without a network that has it."""

import importlib
import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from search_space import (
    ATTENTION,
    HEADS,
    SPACES,
    LevelChoices,
    MitHead,
    NormLinearHead,
    SearchSpace,
    SegHead,
    named_space,
)
from search_space.arch import BLOCKS, DOWNSAMPLES
from search_space.attention import AttentionChoices, CascadedGroupAttentionChoices, LinearAttentionChoices
from search_space.heads import HeadConfig

SIDE = 16  # pixels: maps of 8 and 4, on which every tap of a kernel and every window has something to do
_BLOCKS_WITH_ATTENTION = ("evit", "sandwich")

_SMALL: dict[str, AttentionChoices] = {
    "linear": LinearAttentionChoices(head_dims=(4, 8), head_ratios=(0.5, 1.0), scales=((), (3,), (5,), (3, 5))),
    "cascaded_group": CascadedGroupAttentionChoices(
        heads=(2, 3), key_dims=(4, 8), windows=(2, 3), query_kernels=((3, 3, 3), (5, 3, 3))
    ),
}
_SMALL_HEADS: dict[str, HeadConfig] = {
    "norm_linear": NormLinearHead(classes=10),
    "mit": MitHead(widths=(24, 32), classes=10),
    "seg": SegHead(width=8, depth=1, classes=5, final_expand=2),
}


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
    known = sorted({*ATTENTION, *HEADS, *BLOCKS[1:], *DOWNSAMPLES})
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
    blocks = (part,) if part in BLOCKS else ("mbconv",)
    downsamples = (("conv", 1), (part, 2)) if part in DOWNSAMPLES else (("conv", 1),)
    attentions = (None, *_SMALL.values()) if part in _BLOCKS_WITH_ATTENTION else (None,)
    head = _SMALL_HEADS[part] if part in HEADS else _SMALL_HEADS["norm_linear"]
    return _space(
        part, blocks=blocks, downsamples=tuple(dict.fromkeys(downsamples)), attentions=attentions, head=head
    )


def around_attention(choices: AttentionChoices) -> SearchSpace:
    """A small space whose second level has that attention, or none, in both blocks that can have one."""
    return _space(choices.type, blocks=("evit", "sandwich"), attentions=(None, choices))


def _choices(kind: str) -> AttentionChoices:
    """Small choices of an attention type: ours, or the first that a named space offers.

    Raises:
        ValueError: no space offers the type.
    """
    if kind in _SMALL:
        return _SMALL[kind]
    for name in SPACES:
        for level in named_space(name).levels:
            for choices in level.attentions:
                if choices is not None and choices.type == kind:
                    return choices
    raise ValueError(f"no space offers {kind} attention: name its choices as module:NAME")


def _space(
    name: str,
    *,
    blocks: tuple[str, ...],
    downsamples: tuple[tuple[str, int], ...] = (("conv", 1),),
    attentions: tuple[AttentionChoices | None, ...] = (None,),
    head: HeadConfig = _SMALL_HEADS["norm_linear"],
) -> SearchSpace:
    plain = LevelChoices(stride=2, widths=(8, 12), depths=(0, 1), blocks=("dsconv",), kernels=(3, 5))
    level = LevelChoices(
        stride=4,
        widths=(24, 36),
        depths=(1, 2),
        downsamples=downsamples,
        blocks=blocks,
        expands=(1, 2),
        kernels=(3, 5),
        attentions=attentions,
        fewer_norm=True,
    )
    deeper = [
        replace(level, stride=stride, widths=(12, 16), depths=(0,), downsamples=(("conv", 1),), attentions=(None,))
        for stride in (8, 16, 32)
        if stride <= max(head.strides, default=0)
    ]
    return SearchSpace(
        name=f"around-{name}",
        resolutions=(64 if deeper else SIDE,),
        activations=("relu", "hswish"),
        in_channels=1,
        heads=(head,),
        levels=(plain, level, *deeper),
    )

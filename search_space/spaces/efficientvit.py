"""`efficientvit`: the MIT B and Microsoft M families and what lies between and around them, for ImageNet."""

from search_space.attention import CascadedGroupAttentionChoices, LinearAttentionChoices
from search_space.blocks import DSConvChoices, EViTChoices, MBConvChoices, SandwichChoices
from search_space.choices import LevelChoices
from search_space.downsamples import (
    ConvDownsample,
    DownsampleConfig,
    LinearConvDownsample,
    MBConvDownsample,
    SEMerge,
)
from search_space.heads import MitHead, NormLinearHead
from search_space.space import SearchSpace

_ATTENTIONS = (
    None,
    LinearAttentionChoices(head_dims=(16, 32), head_ratios=(0.5, 1.0), scales=((), (3,), (5,), (3, 5), (5, 7))),
    CascadedGroupAttentionChoices(
        heads=(2, 3, 4),
        key_dims=(16, 32),
        windows=(7, 8),
        query_kernels=((3, 3, 3, 3), (5, 5, 5, 5), (7, 5, 3, 3)),
    ),
)
_EXPANDS = (2, 3, 4, 6)


def _attention_level(
    stride: int,
    widths: tuple[int, ...],
    depths: tuple[int, ...],
    first: DownsampleConfig,
    *,
    optional: bool = False,
) -> LevelChoices:
    return LevelChoices(
        stride=stride,
        widths=widths,
        depths=depths,
        downsamples=(first, *(MBConvDownsample(expand=expand, fewer_norm=True) for expand in (4, 6))),
        blocks=(
            SandwichChoices(expands=_EXPANDS, kernels=(3, 5, 7), attentions=_ATTENTIONS),
            EViTChoices(expands=_EXPANDS, kernels=(3, 5, 7), attentions=_ATTENTIONS, fewer_norm=True),
        ),
        optional=optional,
    )


def _conv_level(stride: int, widths: tuple[int, ...], depths: tuple[int, ...]) -> LevelChoices:
    return LevelChoices(
        stride=stride,
        widths=widths,
        depths=depths,
        downsamples=(ConvDownsample(), MBConvDownsample(expand=4), MBConvDownsample(expand=6)),
        blocks=(MBConvChoices(expands=_EXPANDS, kernels=(3, 5)),),
    )


def efficientvit() -> SearchSpace:
    """Six levels, the last one optional, with the ten published B and M models as members."""
    return SearchSpace(
        name="efficientvit",
        resolutions=(128, 160, 192, 224, 256, 288),
        activations=("relu", "hswish"),
        heads=(
            NormLinearHead(),
            MitHead(widths=(1024, 1280)),
            MitHead(widths=(1536, 1600)),
            MitHead(widths=(2304, 2560)),
        ),
        levels=(
            LevelChoices(stride=2, widths=(8, 16, 24, 32), depths=(0, 1, 2), blocks=(DSConvChoices(),)),
            _conv_level(4, (16, 24, 32, 48, 64), (0, 1, 2, 3)),
            _conv_level(8, (32, 48, 64, 96, 128), (0, 1, 2, 3, 4, 5)),
            _attention_level(16, (64, 96, 128, 160, 192, 256), (1, 2, 3, 4, 6), LinearConvDownsample()),
            _attention_level(32, (128, 144, 192, 240, 256, 288, 384, 512), (1, 2, 3, 4, 6, 9), SEMerge(expand=4)),
            _attention_level(64, (192, 224, 256, 320, 384), (1, 2, 3, 4), SEMerge(expand=4), optional=True),
        ),
        members=(
            *(f"mit-b{size}" for size in range(4)),
            *(f"msra-m{size}" for size in range(6)),
        ),
    )

"""`digits`: the parts of `efficientvit` for gray images of 32 pixels, which train in minutes."""

from search_space.attention import CascadedGroupAttentionChoices, LinearAttentionChoices
from search_space.blocks import DSConvChoices, EViTChoices, MBConvChoices, SandwichChoices
from search_space.choices import LevelChoices
from search_space.downsamples import ConvDownsample, MBConvDownsample
from search_space.heads import NormLinearHead
from search_space.space import SearchSpace

_ATTENTIONS = (
    None,
    LinearAttentionChoices(head_dims=(8,), head_ratios=(0.5, 1.0), scales=((), (3,), (5,), (3, 5))),
    CascadedGroupAttentionChoices(
        heads=(1, 2, 4), key_dims=(8,), windows=(4,), query_kernels=((3, 3, 3, 3), (5, 5, 3, 3))
    ),
)
_EXPANDS, _KERNELS = (2, 3, 4), (3, 5)


def _attention_level(stride: int, widths: tuple[int, ...]) -> LevelChoices:
    return LevelChoices(
        stride=stride,
        widths=widths,
        depths=(1, 2, 3),
        downsamples=(MBConvDownsample(expand=4, fewer_norm=True),),
        blocks=(
            SandwichChoices(expands=_EXPANDS, kernels=_KERNELS, attentions=_ATTENTIONS),
            EViTChoices(expands=_EXPANDS, kernels=_KERNELS, attentions=_ATTENTIONS, fewer_norm=True),
        ),
    )


def digits() -> SearchSpace:
    """Four levels to stride 16, ten classes, no published members."""
    return SearchSpace(
        name="digits",
        resolutions=(32,),
        in_channels=1,
        heads=(NormLinearHead(classes=10),),
        levels=(
            LevelChoices(stride=2, widths=(8, 12, 16), depths=(0, 1), blocks=(DSConvChoices(kernels=_KERNELS),)),
            LevelChoices(
                stride=4,
                widths=(16, 24, 32),
                depths=(0, 1, 2),
                downsamples=(ConvDownsample(), MBConvDownsample(expand=4)),
                blocks=(MBConvChoices(expands=_EXPANDS, kernels=_KERNELS),),
            ),
            _attention_level(8, (32, 48, 64)),
            _attention_level(16, (48, 64, 96)),
        ),
    )

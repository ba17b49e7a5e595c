"""The named spaces: `efficientvit` (ImageNet scale, both families) and `digits` (32 pixels, trains in minutes)."""

from functools import cache

from search_space.attention import CascadedGroupAttentionChoices, LinearAttentionChoices
from search_space.checks import did_you_mean
from search_space.choices import LevelChoices
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


def _attention_level(
    stride: int,
    widths: tuple[int, ...],
    depths: tuple[int, ...],
    downsamples: tuple[tuple[str, int], ...],
    *,
    optional: bool = False,
) -> LevelChoices:
    return LevelChoices(
        stride=stride,
        widths=widths,
        depths=depths,
        downsamples=downsamples,
        blocks=("sandwich", "evit"),
        expands=(2, 3, 4, 6),
        kernels=(3, 5, 7),
        attentions=_ATTENTIONS,
        fewer_norm=True,
        optional=optional,
    )


def _conv_level(stride: int, widths: tuple[int, ...], depths: tuple[int, ...]) -> LevelChoices:
    return LevelChoices(
        stride=stride,
        widths=widths,
        depths=depths,
        downsamples=(("conv", 1), ("mbconv", 4), ("mbconv", 6)),
        blocks=("mbconv",),
        expands=(2, 3, 4, 6),
        kernels=(3, 5),
    )


def _efficientvit() -> SearchSpace:
    merges = (("se_merge", 4), ("mbconv", 4), ("mbconv", 6))
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
            LevelChoices(stride=2, widths=(8, 16, 24, 32), depths=(0, 1, 2), blocks=("dsconv",)),
            _conv_level(4, (16, 24, 32, 48, 64), (0, 1, 2, 3)),
            _conv_level(8, (32, 48, 64, 96, 128), (0, 1, 2, 3, 4, 5)),
            _attention_level(
                16,
                (64, 96, 128, 160, 192, 256),
                (1, 2, 3, 4, 6),
                (("conv_linear", 1), ("mbconv", 4), ("mbconv", 6)),
            ),
            _attention_level(32, (128, 144, 192, 240, 256, 288, 384, 512), (1, 2, 3, 4, 6, 9), merges),
            _attention_level(64, (192, 224, 256, 320, 384), (1, 2, 3, 4), merges, optional=True),
        ),
        members=(
            *(f"mit-b{size}" for size in range(4)),
            *(f"msra-m{size}" for size in range(6)),
        ),
    )


def _digits() -> SearchSpace:
    attentions = (
        None,
        LinearAttentionChoices(head_dims=(8,), head_ratios=(0.5, 1.0), scales=((), (3,), (5,), (3, 5))),
        CascadedGroupAttentionChoices(
            heads=(1, 2, 4), key_dims=(8,), windows=(4,), query_kernels=((3, 3, 3, 3), (5, 5, 3, 3))
        ),
    )

    def attention_level(stride: int, widths: tuple[int, ...]) -> LevelChoices:
        return LevelChoices(
            stride=stride,
            widths=widths,
            depths=(1, 2, 3),
            downsamples=(("mbconv", 4),),
            blocks=("sandwich", "evit"),
            expands=(2, 3, 4),
            kernels=(3, 5),
            attentions=attentions,
            fewer_norm=True,
        )

    return SearchSpace(
        name="digits",
        resolutions=(32,),
        in_channels=1,
        heads=(NormLinearHead(classes=10),),
        levels=(
            LevelChoices(stride=2, widths=(8, 12, 16), depths=(0, 1), blocks=("dsconv",), kernels=(3, 5)),
            LevelChoices(
                stride=4,
                widths=(16, 24, 32),
                depths=(0, 1, 2),
                downsamples=(("conv", 1), ("mbconv", 4)),
                blocks=("mbconv",),
                expands=(2, 3, 4),
                kernels=(3, 5),
            ),
            attention_level(8, (32, 48, 64)),
            attention_level(16, (48, 64, 96)),
        ),
    )


SPACES = {"efficientvit": _efficientvit, "digits": _digits}


@cache
def named_space(name: str) -> SearchSpace:
    """The space of that name.

    Raises:
        ValueError: the name is not known.
    """
    if name not in SPACES:
        raise ValueError(f"unknown space {name!r}{did_you_mean(name, SPACES)}; known: {', '.join(SPACES)}")
    return SPACES[name]()

"""The named spaces: `efficientvit` and `efficientvit-l` (ImageNet scale), `digits` (32 pixels, trains in minutes)."""

from collections.abc import Callable
from dataclasses import dataclass
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


def _fused_level(stride: int, widths: tuple[int, ...], depths: tuple[int, ...]) -> LevelChoices:
    """Fused MBConv or MBConv, 3x3: a dense 5x5 costs 2.8 times as much and no published model has one."""
    return LevelChoices(
        stride=stride,
        widths=widths,
        depths=depths,
        downsamples=(("mbconv", 4), ("fused_mbconv", 4), ("fused_mbconv", 8), ("fused_mbconv", 16)),
        blocks=("mbconv", "fused_mbconv"),
        expands=(2, 3, 4, 6),
    )


def _deep_level(
    stride: int, widths: tuple[int, ...], downsamples: tuple[tuple[str, int], ...], windows: tuple[int, ...]
) -> LevelChoices:
    return LevelChoices(
        stride=stride,
        widths=widths,
        depths=(1, 2, 3, 4, 6, 8, 10),
        downsamples=downsamples,
        blocks=("evit",),
        expands=(3, 4, 6),
        kernels=(3, 5),
        attentions=(
            None,
            LinearAttentionChoices(
                head_dims=(16, 32), head_ratios=(0.5, 1.0), scales=((), (3,), (5,), (3, 5), (5, 7))
            ),
            CascadedGroupAttentionChoices(
                heads=(4, 8),
                key_dims=(16, 32),
                windows=windows,
                query_kernels=((3,) * 8, (5,) * 8, (7, 5, *(3,) * 6)),
            ),
        ),
        fewer_norm=True,
    )


def _efficientvit_l() -> SearchSpace:
    return SearchSpace(
        name="efficientvit-l",
        resolutions=(192, 224, 256, 288, 320, 352, 384),
        activations=("hswish", "gelu_tanh"),
        heads=(MitHead(widths=(1536, 1600)), MitHead(widths=(2304, 2560)), MitHead(widths=(3072, 3200))),
        levels=(
            LevelChoices(stride=2, widths=(16, 24, 32, 48), depths=(0, 1, 2), blocks=("dsconv", "resblock")),
            _fused_level(4, (32, 48, 64, 80, 96), (0, 1, 2, 3)),
            _fused_level(8, (64, 96, 128, 160, 192), (0, 1, 2, 3, 4)),
            _deep_level(16, (160, 192, 224, 256, 320), (("mbconv", 4), ("mbconv", 8), ("mbconv", 16)), (7, 8, 12)),
            _deep_level(32, (320, 384, 448, 512, 640), (("mbconv", 6), ("mbconv", 12), ("mbconv", 24)), (7, 8, 12)),
        ),
        norm_eps=1e-7,  # of the published L models
        members=("mit-l1", "mit-l2"),
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


@dataclass(frozen=True, kw_only=True)
class NamedSpace:
    """How to build a space, what its networks are made of, and how many parameters its supernet has.

    The parameters are those of the built supernet, with the space's own classes and channels: counting them takes
    torch and ten seconds, so they are written down here and a test counts.
    """

    build: Callable[[], SearchSpace]
    spans: str
    supernet_parameters: int


SPACES: dict[str, NamedSpace] = {
    "efficientvit": NamedSpace(
        build=_efficientvit,
        spans="MIT B and Microsoft M: MBConv, EViT and sandwich blocks, linear or cascaded group attention",
        supernet_parameters=268_781_968,
    ),
    "efficientvit-l": NamedSpace(
        build=_efficientvit_l,
        spans="MIT L up to L2 and beyond: residual and fused MBConv stages, expansions to 24, tanh-GELU",
        supernet_parameters=190_599_736,
    ),
    "digits": NamedSpace(
        build=_digits,
        spans="the blocks and attention types of efficientvit for gray images of 32 px",
        supernet_parameters=1_999_850,
    ),
}


@cache
def named_space(name: str) -> SearchSpace:
    """The space of that name.

    Raises:
        ValueError: the name is not known.
    """
    if name not in SPACES:
        raise ValueError(f"unknown space {name!r}{did_you_mean(name, SPACES)}; known: {', '.join(SPACES)}")
    return SPACES[name].build()

"""`efficientvit-l`: the MIT L family up to L2 and beyond, for ImageNet."""

from search_space.attention import CascadedGroupAttentionChoices, LinearAttentionChoices
from search_space.blocks import DSConvChoices, EViTChoices, FusedMBConvChoices, MBConvChoices, ResBlockChoices
from search_space.choices import LevelChoices
from search_space.downsamples import FusedMBConvDownsample, MBConvDownsample
from search_space.heads import MitHead
from search_space.space import SearchSpace


def _fused_level(stride: int, widths: tuple[int, ...], depths: tuple[int, ...]) -> LevelChoices:
    """Fused MBConv or MBConv, 3x3: a dense 5x5 costs 2.8 times as much and no published model has one."""
    expands = (2, 3, 4, 6)
    return LevelChoices(
        stride=stride,
        widths=widths,
        depths=depths,
        downsamples=(MBConvDownsample(expand=4), *(FusedMBConvDownsample(expand=expand) for expand in (4, 8, 16))),
        blocks=(MBConvChoices(expands=expands), FusedMBConvChoices(expands=expands)),
    )


def _deep_level(
    stride: int, widths: tuple[int, ...], downsample_expands: tuple[int, ...], windows: tuple[int, ...]
) -> LevelChoices:
    attentions = (
        None,
        LinearAttentionChoices(head_dims=(16, 32), head_ratios=(0.5, 1.0), scales=((), (3,), (5,), (3, 5), (5, 7))),
        CascadedGroupAttentionChoices(
            heads=(4, 8),
            key_dims=(16, 32),
            windows=windows,
            query_kernels=((3,) * 8, (5,) * 8, (7, 5, *(3,) * 6)),
        ),
    )
    return LevelChoices(
        stride=stride,
        widths=widths,
        depths=(1, 2, 3, 4, 6, 8, 10),
        downsamples=tuple(MBConvDownsample(expand=expand, fewer_norm=True) for expand in downsample_expands),
        blocks=(EViTChoices(expands=(3, 4, 6), kernels=(3, 5), attentions=attentions, fewer_norm=True),),
    )


def efficientvit_l() -> SearchSpace:
    """Five levels to stride 32, with the published L1 and L2 as members."""
    return SearchSpace(
        name="efficientvit-l",
        resolutions=(192, 224, 256, 288, 320, 352, 384),
        activations=("hswish", "gelu_tanh"),
        heads=(MitHead(widths=(1536, 1600)), MitHead(widths=(2304, 2560)), MitHead(widths=(3072, 3200))),
        levels=(
            LevelChoices(
                stride=2, widths=(16, 24, 32, 48), depths=(0, 1, 2), blocks=(DSConvChoices(), ResBlockChoices())
            ),
            _fused_level(4, (32, 48, 64, 80, 96), (0, 1, 2, 3)),
            _fused_level(8, (64, 96, 128, 160, 192), (0, 1, 2, 3, 4)),
            _deep_level(16, (160, 192, 224, 256, 320), (4, 8, 16), (7, 8, 12)),
            _deep_level(32, (320, 384, 448, 512, 640), (6, 12, 24), (7, 8, 12)),
        ),
        norm_eps=1e-7,  # of the published L models
        members=("mit-l1", "mit-l2"),
    )

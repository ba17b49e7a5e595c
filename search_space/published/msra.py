"""Microsoft EfficientViT (arXiv 2305.07027, table 1): M0 to M5."""

from search_space.arch import ArchConfig
from search_space.attention import CascadedGroupAttention
from search_space.blocks import Sandwich
from search_space.downsamples import LinearConvDownsample, SEMerge
from search_space.heads import NormLinearHead
from search_space.level import LevelConfig

# widths, depths and heads at strides 16, 32, 64; depthwise kernels of the queries
_MSRA_M = {
    "m0": ((64, 128, 192), (1, 2, 3), (4, 4, 4), (5, 5, 5, 5)),
    "m1": ((128, 144, 192), (1, 2, 3), (2, 3, 3), (7, 5, 3, 3)),
    "m2": ((128, 192, 224), (1, 2, 3), (4, 3, 2), (7, 5, 3, 3)),
    "m3": ((128, 240, 320), (1, 2, 3), (4, 3, 4), (5, 5, 5, 5)),
    "m4": ((128, 256, 384), (1, 2, 3), (4, 4, 4), (7, 5, 3, 3)),
    "m5": ((192, 288, 384), (1, 3, 4), (3, 3, 4), (7, 5, 3, 3)),
}
MODELS: tuple[str, ...] = tuple(_MSRA_M)
TIMM: tuple[str, ...] = MODELS  # models that timm has, too


def model(name: str) -> ArchConfig:
    """The model of that name among `MODELS`."""
    widths, depths, heads, kernels = _MSRA_M[name]
    levels = [LevelConfig(stride=2 * 2**i, width=widths[0] // 8 * 2**i) for i in range(3)]
    for i, stride in enumerate((16, 32, 64)):
        attention = CascadedGroupAttention(heads=heads[i], query_kernels=kernels[: heads[i]])
        levels.append(
            LevelConfig(
                stride=stride,
                width=widths[i],
                depth=depths[i],
                downsample=LinearConvDownsample() if i == 0 else SEMerge(expand=4),
                blocks=(Sandwich(expand=2, attention=attention),),
            )
        )
    return ArchConfig(levels=tuple(levels), head=NormLinearHead(), activation="relu")

"""MIT EfficientViT (arXiv 2205.14756): B, L, SAM-XL and segmentation models."""

from search_space.arch import ArchConfig
from search_space.attention import LinearAttention
from search_space.blocks import DSConv, EViT, FusedMBConv, MBConv, ResBlock
from search_space.downsamples import FusedMBConvDownsample, MBConvDownsample
from search_space.heads import HeadConfig, MitHead, SegHead
from search_space.level import LevelConfig

# widths and depths at strides 2..32 (depths count blocks after the downsample), head dimension, head widths
_MIT_B = {
    "b0": ((8, 16, 32, 64, 128), (1, 1, 1, 2, 2), 16, (1024, 1280)),
    "b1": ((16, 32, 64, 128, 256), (1, 1, 2, 3, 4), 16, (1536, 1600)),
    "b2": ((24, 48, 96, 192, 384), (1, 2, 3, 4, 6), 32, (2304, 2560)),
    "b3": ((32, 64, 128, 256, 512), (1, 3, 5, 6, 9), 32, (2304, 2560)),
}
_MIT_L = {
    "l0": ((32, 64, 128, 256, 512), (1, 1, 1, 4, 4), None),
    "l1": ((32, 64, 128, 256, 512), (1, 1, 1, 6, 6), (3072, 3200)),
    "l2": ((32, 64, 128, 256, 512), (1, 2, 2, 8, 8), (3072, 3200)),
    "l3": ((64, 128, 256, 512, 1024), (1, 2, 2, 8, 8), (6144, 6400)),
}
_SAM_XL = {"sam-xl0": (0, 1, 1, 2, 3, 3), "sam-xl1": (1, 2, 2, 4, 6, 6)}
_SEG_HEADS: dict[str, HeadConfig] = {
    "b0-seg-cityscapes": SegHead(width=32, depth=1, final_expand=4),
    "b1-seg-cityscapes": SegHead(width=64, depth=3, final_expand=4),
    "b2-seg-cityscapes": SegHead(width=96, depth=3, final_expand=4),
    "b3-seg-cityscapes": SegHead(width=128, depth=3, final_expand=4),
    "l1-seg-cityscapes": SegHead(width=256, depth=3, block="fused_mbconv", expand=1),
    "l2-seg-cityscapes": SegHead(width=256, depth=5, block="fused_mbconv", expand=1),
    "b1-seg-ade20k": SegHead(width=64, depth=3, classes=150),
    "b2-seg-ade20k": SegHead(width=96, depth=3, classes=150),
    "b3-seg-ade20k": SegHead(width=128, depth=3, classes=150),
    "l1-seg-ade20k": SegHead(width=128, depth=3, block="fused_mbconv", final_expand=8, classes=150),
    "l2-seg-ade20k": SegHead(width=128, depth=3, block="fused_mbconv", final_expand=8, classes=150),
}
_SEG_RESOLUTIONS = {"cityscapes": (1024, 2048), "ade20k": (512, 512)}

MODELS: tuple[str, ...] = (*_MIT_B, *_MIT_L, *_SAM_XL, *_SEG_HEADS)
TIMM: tuple[str, ...] = (*_MIT_B, *_MIT_L)  # models that timm has, too


def model(name: str) -> ArchConfig:
    """The model of that name among `MODELS`."""
    if name not in _SEG_HEADS:
        return _mit(name, None, None)
    backbone, _, data = name.partition("-seg-")
    return _mit(backbone, _SEG_HEADS[name], _SEG_RESOLUTIONS[data])


def _mit(model: str, head: HeadConfig | None, resolution: tuple[int, int] | None) -> ArchConfig:
    if model in _SAM_XL:
        return _sam_xl(_SAM_XL[model])
    if model in _MIT_B:
        widths, depths, head_dim, head_widths = _MIT_B[model]
        return ArchConfig(
            levels=_b_levels(widths, depths, head_dim),
            head=head or MitHead(widths=head_widths),
            resolution=resolution or (224, 224),
        )
    widths, depths, large_head_widths = _MIT_L[model]
    return ArchConfig(
        levels=_l_levels(widths, depths),
        head=head or (MitHead(widths=large_head_widths) if large_head_widths else None),
        resolution=resolution or ((512, 512) if large_head_widths is None else (224, 224)),
        activation="gelu_tanh",
        norm_eps=1e-7 if large_head_widths else 1e-6,
    )


def _b_levels(widths: tuple[int, ...], depths: tuple[int, ...], head_dim: int) -> tuple[LevelConfig, ...]:
    levels = [LevelConfig(stride=2, width=widths[0], depth=depths[0], blocks=(DSConv(),))]
    for stride, width, depth in zip((4, 8), widths[1:3], depths[1:3], strict=True):
        levels.append(
            LevelConfig(
                stride=stride,
                width=width,
                depth=depth,
                downsample=MBConvDownsample(expand=4),
                blocks=(MBConv(expand=4),),
            )
        )
    for stride, width, depth in zip((16, 32), widths[3:], depths[3:], strict=True):
        levels.append(_evit_level(stride, width, depth, head_dim=head_dim, scale=5, expand=4, downsample_expand=4))
    return tuple(levels)


def _evit_level(
    stride: int, width: int, depth: int, *, head_dim: int, scale: int, expand: int, downsample_expand: int
) -> LevelConfig:
    attention = LinearAttention(heads=width // head_dim, head_dim=head_dim, scales=(scale,))
    return LevelConfig(
        stride=stride,
        width=width,
        depth=depth,
        downsample=MBConvDownsample(expand=downsample_expand, fewer_norm=True),
        blocks=(EViT(expand=expand, attention=attention, fewer_norm=True),),
    )


def _fused_level(stride: int, width: int, depth: int) -> LevelConfig:
    return LevelConfig(
        stride=stride,
        width=width,
        depth=depth,
        downsample=FusedMBConvDownsample(expand=16),
        blocks=(FusedMBConv(expand=4),),
    )


def _l_levels(widths: tuple[int, ...], depths: tuple[int, ...]) -> tuple[LevelConfig, ...]:
    return (
        LevelConfig(stride=2, width=widths[0], depth=depths[0], blocks=(ResBlock(),)),
        _fused_level(4, widths[1], depths[1]),
        _fused_level(8, widths[2], depths[2]),
        LevelConfig(
            stride=16,
            width=widths[3],
            depth=depths[3],
            downsample=MBConvDownsample(expand=16, fewer_norm=True),
            blocks=(MBConv(expand=4, fewer_norm=True),),
        ),
        _evit_level(32, widths[4], depths[4], head_dim=32, scale=5, expand=6, downsample_expand=24),
    )


def _sam_xl(depths: tuple[int, ...]) -> ArchConfig:
    widths = (32, 64, 128, 256, 512, 1024)
    levels = [LevelConfig(stride=2, width=32, depth=depths[0], blocks=(ResBlock(),))]
    levels += [_fused_level(stride, widths[i], depths[i]) for i, stride in ((1, 4), (2, 8), (3, 16))]
    levels.append(_evit_level(32, 512, depths[4], head_dim=32, scale=3, expand=4, downsample_expand=16))
    levels.append(_evit_level(64, 1024, depths[5], head_dim=32, scale=3, expand=6, downsample_expand=24))
    return ArchConfig(levels=tuple(levels), head=None, resolution=(1024, 1024), activation="gelu_tanh", norm_eps=1e-6)

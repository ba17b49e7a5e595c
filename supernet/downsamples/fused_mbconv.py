"""A fused inverted bottleneck of stride 2 (MIT EfficientViT L, arXiv 2205.14756)."""

from torch import nn

from search_space import OperatorSpec
from search_space.downsamples import FusedMBConvDownsample
from supernet.bottlenecks import FusedBottleneck


def fused_mbconv(config: FusedMBConvDownsample, op: OperatorSpec) -> nn.Module:
    """(B, in, H, W) to (B, out, ceil(H / 2), ceil(W / 2))."""
    return FusedBottleneck(
        op.in_channels,
        op.out_channels,
        expand=config.expand,
        stride=2,
        fewer_norm=config.fewer_norm,
        activation=op.activation,
        norm_eps=op.norm_eps,
        zero_gamma=False,
    )

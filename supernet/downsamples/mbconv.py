"""An inverted bottleneck of stride 2 (MIT EfficientViT, arXiv 2205.14756)."""

from torch import nn

from search_space import OperatorSpec
from search_space.downsamples import MBConvDownsample
from supernet.bottlenecks import InvertedBottleneck


def mbconv(config: MBConvDownsample, op: OperatorSpec) -> nn.Module:
    """(B, in, H, W) to (B, out, ceil(H / 2), ceil(W / 2))."""
    return InvertedBottleneck(
        op.in_channels,
        op.out_channels,
        expand=config.expand,
        stride=2,
        fewer_norm=config.fewer_norm,
        activation=op.activation,
        norm_eps=op.norm_eps,
        zero_gamma=False,
    )

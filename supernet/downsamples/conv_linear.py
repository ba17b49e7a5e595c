"""A 3x3 convolution of stride 2 without activation (last of the stem of Microsoft EfficientViT)."""

from torch import nn

from search_space import OperatorSpec
from search_space.downsamples import LinearConvDownsample
from supernet.layers import ConvUnit


def conv_linear(config: LinearConvDownsample, op: OperatorSpec) -> nn.Module:
    """(B, in, H, W) to (B, out, ceil(H / 2), ceil(W / 2))."""
    del config  # it has no settings
    return ConvUnit(op.in_channels, op.out_channels, 3, stride=2, norm_eps=op.norm_eps)

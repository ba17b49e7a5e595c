"""Inverted bottleneck whose expansion is a dense convolution (EfficientNetV2, arXiv 2104.00298)."""

from torch import nn

from search_space import OperatorSpec
from search_space.blocks import FusedMBConv
from supernet.bottlenecks import FusedBottleneck
from supernet.layers import Residual


def fused_mbconv(config: FusedMBConv, op: OperatorSpec) -> nn.Module:
    """The block with its shortcut."""
    body = FusedBottleneck(
        op.in_channels,
        op.out_channels,
        expand=config.expand,
        kernel=config.kernel,
        fewer_norm=config.fewer_norm,
        activation=op.activation,
        norm_eps=op.norm_eps,
        zero_gamma=True,
    )
    return Residual(body)

"""Depthwise separable convolution (MobileNet, arXiv 1704.04861; first level of MIT EfficientViT B)."""

from torch import Tensor, nn

from search_space import OperatorSpec
from search_space.blocks import DSConv
from supernet.layers import ConvUnit, Residual


class DSConvBranch(nn.Module):
    """Depthwise convolution, then a 1x1 convolution whose last norm starts at 0."""

    def __init__(self, config: DSConv, op: OperatorSpec) -> None:
        super().__init__()
        lean, n = config.fewer_norm, op.in_channels
        self.depthwise = ConvUnit(
            n, n, config.kernel, groups=n, norm=not lean, bias=lean, activation=op.activation, norm_eps=op.norm_eps
        )
        self.project = ConvUnit(n, n, norm_eps=op.norm_eps, zero_gamma=True)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """(B, C, H, W) to the same shape, the shortcut left out."""
        out: Tensor = self.project(self.depthwise(x_BCHW))
        return out


def dsconv(config: DSConv, op: OperatorSpec) -> nn.Module:
    """The block with its shortcut."""
    return Residual(DSConvBranch(config, op))

"""Two dense convolutions with a shortcut (ResNet, arXiv 1512.03385; first level of MIT EfficientViT L)."""

from torch import Tensor, nn

from search_space import OperatorSpec
from search_space.blocks import ResBlock
from supernet.layers import ConvUnit, Residual


class ResBranch(nn.Module):
    """Two dense convolutions, the last norm of which starts at 0."""

    def __init__(self, config: ResBlock, op: OperatorSpec) -> None:
        super().__init__()
        lean, n = config.fewer_norm, op.in_channels
        self.conv1 = ConvUnit(
            n, n, config.kernel, norm=not lean, bias=lean, activation=op.activation, norm_eps=op.norm_eps
        )
        self.conv2 = ConvUnit(n, n, config.kernel, norm_eps=op.norm_eps, zero_gamma=True)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """(B, C, H, W) to the same shape, the shortcut left out."""
        out: Tensor = self.conv2(self.conv1(x_BCHW))
        return out


def resblock(config: ResBlock, op: OperatorSpec) -> nn.Module:
    """The block with its shortcut."""
    return Residual(ResBranch(config, op))

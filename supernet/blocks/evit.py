"""Attention, then an inverted bottleneck (MIT EfficientViT, arXiv 2205.14756, figure 5)."""

from torch import Tensor, nn

from search_space import OperatorSpec
from search_space.blocks import EViT, MBConv
from supernet.attention import build_attention
from supernet.bottlenecks import InvertedBottleneck


class EViTBlock(nn.Module):
    """x + attention(x), then x + MBConv(x); without attention an MBConv block."""

    def __init__(self, config: EViT | MBConv, op: OperatorSpec) -> None:
        super().__init__()
        self.attention = build_attention(op)
        self.local = InvertedBottleneck(
            op.in_channels,
            op.out_channels,
            expand=config.expand,
            kernel=config.kernel,
            fewer_norm=config.fewer_norm,
            activation=op.activation,
            norm_eps=op.norm_eps,
            zero_gamma=True,
        )

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """(B, C, H, W) to the same shape, both shortcuts inside."""
        if self.attention is not None:
            x_BCHW = x_BCHW + self.attention(x_BCHW)
        return x_BCHW + self.local(x_BCHW)

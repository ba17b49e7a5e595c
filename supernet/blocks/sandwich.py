"""Attention between depthwise convolutions and feed-forward networks (Microsoft EfficientViT, arXiv 2305.07027)."""

from torch import Tensor, nn

from search_space import OperatorSpec
from search_space.blocks import Sandwich
from supernet.attention import build_attention
from supernet.bottlenecks import FeedForward, depthwise


class SandwichBlock(nn.Module):
    """Depthwise, FFN, attention, depthwise, FFN, each with a shortcut (figure 6)."""

    def __init__(self, config: Sandwich, op: OperatorSpec) -> None:
        super().__init__()
        n, ratio, act, eps = op.in_channels, config.expand, op.activation, op.norm_eps
        self.dw0 = depthwise(n, config.kernel, norm_eps=eps, zero_gamma=True)
        self.ffn0 = FeedForward(n, ratio, activation=act, norm_eps=eps, zero_gamma=True)
        self.attention = build_attention(op)
        self.dw1 = depthwise(n, config.kernel, norm_eps=eps, zero_gamma=True)
        self.ffn1 = FeedForward(n, ratio, activation=act, norm_eps=eps, zero_gamma=True)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """(B, C, H, W) to the same shape, all shortcuts inside."""
        x_BCHW = x_BCHW + self.dw0(x_BCHW)
        x_BCHW = x_BCHW + self.ffn0(x_BCHW)
        if self.attention is not None:
            x_BCHW = x_BCHW + self.attention(x_BCHW)
        x_BCHW = x_BCHW + self.dw1(x_BCHW)
        return x_BCHW + self.ffn1(x_BCHW)

"""Microsoft EfficientViT's subsample (arXiv 2305.07027, section 3.3)."""

from torch import Tensor, nn

from search_space import OperatorSpec
from search_space.downsamples import SEMerge
from supernet.bottlenecks import FeedForward, SqueezeExcite, depthwise
from supernet.layers import ConvUnit


class SEMergeDownsample(nn.Module):
    """Residual pair, inverted bottleneck with squeeze-excite, residual pair."""

    def __init__(self, config: SEMerge, op: OperatorSpec) -> None:
        super().__init__()
        n, mid, out = op.in_channels, op.in_channels * config.expand, op.out_channels
        act, eps = op.activation, op.norm_eps
        self.dw0 = depthwise(n, 3, norm_eps=eps, zero_gamma=False)
        self.ffn0 = FeedForward(n, 2, activation=act, norm_eps=eps, zero_gamma=False)
        self.conv1 = ConvUnit(n, mid, activation=act, norm_eps=eps)
        self.conv2 = ConvUnit(mid, mid, 3, stride=2, groups=mid, activation=act, norm_eps=eps)
        self.se = SqueezeExcite(mid)
        self.conv3 = ConvUnit(mid, out, norm_eps=eps)
        self.dw1 = depthwise(out, 3, norm_eps=eps, zero_gamma=False)
        self.ffn1 = FeedForward(out, 2, activation=act, norm_eps=eps, zero_gamma=False)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """(B, in, H, W) to (B, out, ceil(H / 2), ceil(W / 2))."""
        x_BCHW = x_BCHW + self.dw0(x_BCHW)
        x_BCHW = x_BCHW + self.ffn0(x_BCHW)
        x_BCHW = self.conv3(self.se(self.conv2(self.conv1(x_BCHW))))
        x_BCHW = x_BCHW + self.dw1(x_BCHW)
        return x_BCHW + self.ffn1(x_BCHW)

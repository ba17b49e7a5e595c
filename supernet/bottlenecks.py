"""Convolutional bodies that several blocks and downsamples are made of. Shapes: x_BCHW."""

import torch.nn.functional as F
from torch import Tensor, nn

from search_space.costs import squeeze_width
from supernet.layers import ConvUnit


class InvertedBottleneck(nn.Module):
    """1x1 expand, depthwise, 1x1 project; `fewer_norm` keeps the last norm only."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        expand: int,
        kernel: int = 3,
        stride: int = 1,
        fewer_norm: bool = False,
        activation: str,
        norm_eps: float,
        zero_gamma: bool,
    ) -> None:
        super().__init__()
        mid, lean = in_channels * expand, fewer_norm
        self.expand = ConvUnit(in_channels, mid, norm=not lean, bias=lean, activation=activation, norm_eps=norm_eps)
        self.depthwise = ConvUnit(
            mid,
            mid,
            kernel,
            stride=stride,
            groups=mid,
            norm=not lean,
            bias=lean,
            activation=activation,
            norm_eps=norm_eps,
        )
        self.project = ConvUnit(mid, out_channels, norm_eps=norm_eps, zero_gamma=zero_gamma)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """(B, in, H, W) to (B, out, ceil(H / stride), ceil(W / stride))."""
        out: Tensor = self.project(self.depthwise(self.expand(x_BCHW)))
        return out


class FusedBottleneck(nn.Module):
    """Dense k x k expand, 1x1 project; `fewer_norm` keeps the last norm only."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        expand: int,
        kernel: int = 3,
        stride: int = 1,
        fewer_norm: bool = False,
        activation: str,
        norm_eps: float,
        zero_gamma: bool,
    ) -> None:
        super().__init__()
        mid, lean = in_channels * expand, fewer_norm
        self.expand = ConvUnit(
            in_channels,
            mid,
            kernel,
            stride=stride,
            norm=not lean,
            bias=lean,
            activation=activation,
            norm_eps=norm_eps,
        )
        self.project = ConvUnit(mid, out_channels, norm_eps=norm_eps, zero_gamma=zero_gamma)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """(B, in, H, W) to (B, out, ceil(H / stride), ceil(W / stride))."""
        out: Tensor = self.project(self.expand(x_BCHW))
        return out


class FeedForward(nn.Module):
    """1x1 up, activation, 1x1 down."""

    def __init__(self, width: int, ratio: int, *, activation: str, norm_eps: float, zero_gamma: bool) -> None:
        super().__init__()
        self.pw1 = ConvUnit(width, width * ratio, activation=activation, norm_eps=norm_eps)
        self.pw2 = ConvUnit(width * ratio, width, norm_eps=norm_eps, zero_gamma=zero_gamma)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """(B, C, H, W) to the same shape, the shortcut left out."""
        out: Tensor = self.pw2(self.pw1(x_BCHW))
        return out


def depthwise(width: int, kernel: int, *, norm_eps: float, zero_gamma: bool) -> ConvUnit:
    """Depthwise convolution and batch norm."""
    return ConvUnit(width, width, kernel, groups=width, norm_eps=norm_eps, zero_gamma=zero_gamma)


class SqueezeExcite(nn.Module):
    """Channel gates from the global mean."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(width, squeeze_width(width), 1)
        self.fc2 = nn.Conv2d(squeeze_width(width), width, 1)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """(B, C, H, W) to the same shape, each channel times its gate in (0, 1)."""
        gates = self.fc2(F.relu(self.fc1(x_BCHW.mean(dim=(2, 3), keepdim=True))))
        return x_BCHW * gates.sigmoid()

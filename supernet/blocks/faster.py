"""Partial convolution and a feed-forward network (FasterNet, arXiv 2303.03667, section 3.3)."""

import torch
from torch import Tensor, nn

from search_space import OperatorSpec
from search_space.blocks import Faster
from supernet.layers import ConvUnit


class FasterBlock(nn.Module):
    """A 3x3 convolution of the first channels, 1x1 up, batch norm, activation, 1x1 down, and a shortcut around it."""

    def __init__(self, config: Faster, op: OperatorSpec) -> None:
        super().__init__()
        n = op.in_channels
        self.convolved = max(1, n // config.share)
        self.partial = nn.Conv2d(self.convolved, self.convolved, 3, padding=1, bias=False)
        self.expand = ConvUnit(n, n * config.expand, activation=op.activation, norm_eps=op.norm_eps)
        self.project = nn.Conv2d(n * config.expand, n, 1, bias=False)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Shape-preserving."""
        first, rest = x_BCHW.split((self.convolved, x_BCHW.shape[1] - self.convolved), dim=1)
        out: Tensor = x_BCHW + self.project(self.expand(torch.cat([self.partial(first), rest], dim=1)))
        return out

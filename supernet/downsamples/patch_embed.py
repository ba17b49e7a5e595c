"""One convolution on patches that do not overlap, of stride 4 (the stem of FasterNet, arXiv 2303.03667)."""

import torch.nn.functional as F
from torch import Tensor, nn

from search_space import OperatorSpec
from search_space.downsamples import PatchEmbed
from supernet.layers import ConvUnit


class PatchEmbedding(ConvUnit):
    """(B, in, H, W) to (B, out, ceil(H / 4), ceil(W / 4))."""

    def __init__(self, config: PatchEmbed, op: OperatorSpec) -> None:
        super().__init__(op.in_channels, op.out_channels, 4, stride=4, norm_eps=op.norm_eps)
        del config  # it has no settings
        self.conv = nn.Conv2d(op.in_channels, op.out_channels, 4, stride=4, bias=False)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Pads at the right and the bottom where 4 does not divide the map."""
        height, width = x_BCHW.shape[-2:]
        return super().forward(F.pad(x_BCHW, (0, -width % 4, 0, -height % 4)))

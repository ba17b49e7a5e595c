"""Downsamples as torch modules: name -> what builds it; settings and costs are in `search_space.downsamples`."""

from typing import Any, Protocol

from torch import nn

from search_space import OperatorSpec
from supernet.downsamples.conv import conv
from supernet.downsamples.conv_linear import conv_linear
from supernet.downsamples.fused_mbconv import fused_mbconv
from supernet.downsamples.mbconv import mbconv
from supernet.downsamples.patch_embed import PatchEmbedding
from supernet.downsamples.se_merge import SEMergeDownsample


class MakeDownsample(Protocol):
    """Builds the module of one type of downsample, as the class of the module does."""

    def __call__(self, config: Any, op: OperatorSpec, /) -> nn.Module:
        """(B, in, H, W) to (B, out, ceil(H / stride), ceil(W / stride))."""
        ...


DOWNSAMPLES: dict[str, MakeDownsample] = {
    "conv": conv,
    "conv_linear": conv_linear,
    "mbconv": mbconv,
    "fused_mbconv": fused_mbconv,
    "se_merge": SEMergeDownsample,
    "patch_embed": PatchEmbedding,
}

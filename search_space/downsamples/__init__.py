"""Downsamples, which lead to a level: settings and cost of each, without torch.

The torch module of each is in the `supernet.downsamples` file of the same name.
"""

from search_space.downsamples.conv import ConvDownsample
from search_space.downsamples.conv_linear import LinearConvDownsample
from search_space.downsamples.fused_mbconv import FusedMBConvDownsample
from search_space.downsamples.mbconv import MBConvDownsample
from search_space.downsamples.patch_embed import PatchEmbed
from search_space.downsamples.protocol import DownsampleConfig
from search_space.downsamples.se_merge import SEMerge

DOWNSAMPLES: dict[str, type[DownsampleConfig]] = {
    "conv": ConvDownsample,
    "conv_linear": LinearConvDownsample,
    "mbconv": MBConvDownsample,
    "fused_mbconv": FusedMBConvDownsample,
    "se_merge": SEMerge,
    "patch_embed": PatchEmbed,
}

__all__ = [
    "DOWNSAMPLES",
    "ConvDownsample",
    "DownsampleConfig",
    "FusedMBConvDownsample",
    "LinearConvDownsample",
    "MBConvDownsample",
    "PatchEmbed",
    "SEMerge",
]

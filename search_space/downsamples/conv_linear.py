"""A 3x3 convolution of stride 2 without activation (last of the stem of Microsoft EfficientViT)."""

from dataclasses import dataclass
from typing import ClassVar

from search_space.costs import Cost, conv
from search_space.downsamples.conv import ConvDownsample
from search_space.downsamples.protocol import DownsampleConfig
from search_space.parts import Shape


@dataclass(frozen=True, kw_only=True)
class LinearConvDownsample(DownsampleConfig):
    """Convolution and batch norm."""

    type: ClassVar[str] = "conv_linear"
    words: ClassVar[str] = "linear convolution"

    @property
    def traits(self) -> frozenset[str]:
        """Those of the convolution; an activation alone is missing."""
        return frozenset({ConvDownsample.type})

    def cost(self, shape: Shape, out_channels: int, activation: str) -> Cost:
        """Cost on a (channels, height, width) map."""
        del activation  # none
        return conv(shape[0], out_channels, 3, *shape[1:], stride=2)

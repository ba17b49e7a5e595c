"""A 3x3 convolution of stride 2."""

from dataclasses import dataclass
from typing import ClassVar

from search_space.costs import Cost, conv
from search_space.downsamples.protocol import DownsampleConfig
from search_space.parts import Shape


@dataclass(frozen=True, kw_only=True)
class ConvDownsample(DownsampleConfig):
    """Convolution, batch norm, activation."""

    type: ClassVar[str] = "conv"
    words: ClassVar[str] = "convolution"

    def cost(self, shape: Shape, out_channels: int, activation: str) -> Cost:
        """Cost on a (channels, height, width) map."""
        return conv(shape[0], out_channels, 3, *shape[1:], stride=2, activation=activation)

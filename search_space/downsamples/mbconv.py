"""An inverted bottleneck of stride 2 (MIT EfficientViT, arXiv 2205.14756)."""

from dataclasses import dataclass
from typing import ClassVar

from search_space.checks import check_bool, check_int
from search_space.costs import Cost, inverted_bottleneck
from search_space.downsamples.protocol import DownsampleConfig
from search_space.parts import Shape


@dataclass(frozen=True, kw_only=True)
class MBConvDownsample(DownsampleConfig):
    """Expand, depthwise 3x3 of stride 2, project; `fewer_norm` keeps the last batch norm only."""

    type: ClassVar[str] = "mbconv"
    words: ClassVar[str] = "MBConv"

    expand: int = 1
    fewer_norm: bool = False

    def __post_init__(self) -> None:
        check_int("downsample_expand", self.expand, low=1)
        check_bool("fewer_norm", self.fewer_norm)

    def cost(self, shape: Shape, out_channels: int, activation: str) -> Cost:
        """Cost on a (channels, height, width) map."""
        return inverted_bottleneck(
            shape, out_channels, self.expand, 3, stride=2, activation=activation, fewer_norm=self.fewer_norm
        )

    @classmethod
    def small(cls) -> "MBConvDownsample":
        """Twice as wide inside."""
        return cls(expand=2, fewer_norm=True)

    def describe(self) -> str:
        """Name and expansion, if there is one: `MBConv, expansion 4`."""
        return self.words + (f", expansion {self.expand}" if self.expand > 1 else "")

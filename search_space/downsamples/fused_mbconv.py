"""A fused inverted bottleneck of stride 2 (MIT EfficientViT L, arXiv 2205.14756)."""

from dataclasses import dataclass
from typing import ClassVar

from search_space.checks import check_bool, check_int
from search_space.costs import Cost, fused_bottleneck
from search_space.downsamples.protocol import DownsampleConfig
from search_space.parts import Shape


@dataclass(frozen=True, kw_only=True)
class FusedMBConvDownsample(DownsampleConfig):
    """Dense 3x3 of stride 2 that expands, project; `fewer_norm` keeps the last batch norm only."""

    type: ClassVar[str] = "fused_mbconv"
    words: ClassVar[str] = "fused MBConv"

    expand: int = 1
    fewer_norm: bool = False

    def __post_init__(self) -> None:
        check_int("downsample_expand", self.expand, low=1)
        check_bool("fewer_norm", self.fewer_norm)

    def cost(self, shape: Shape, out_channels: int, activation: str) -> Cost:
        """Cost on a (channels, height, width) map."""
        return fused_bottleneck(
            shape, out_channels, self.expand, 3, stride=2, activation=activation, fewer_norm=self.fewer_norm
        )

    @classmethod
    def small(cls) -> "FusedMBConvDownsample":
        """Twice as wide inside."""
        return cls(expand=2, fewer_norm=True)

    def describe(self) -> str:
        """`fused MBConv, expansion 4`."""
        return self.words + (f", expansion {self.expand}" if self.expand > 1 else "")

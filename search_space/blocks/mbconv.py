"""Inverted bottleneck (MobileNetV2, arXiv 1801.04381; MIT EfficientViT, arXiv 2205.14756)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from search_space.attention import AttentionConfig
from search_space.blocks.protocol import BlockChoices, BlockConfig
from search_space.checks import check_bool, check_int, check_kernel
from search_space.costs import Cost, inverted_bottleneck
from search_space.parts import Shape


@dataclass(frozen=True, kw_only=True)
class MBConv(BlockConfig):
    """x + project(depthwise(expand(x))); `fewer_norm` keeps the last batch norm only."""

    type: ClassVar[str] = "mbconv"
    words: ClassVar[str] = "MBConv"

    expand: int = 1
    kernel: int = 3
    fewer_norm: bool = False

    def __post_init__(self) -> None:
        check_int("expand", self.expand, low=1)
        check_kernel(self.kernel)
        check_bool("fewer_norm", self.fewer_norm)

    def cost(self, shape: Shape, activation: str) -> Cost:
        """Cost on a (channels, height, width) map."""
        return inverted_bottleneck(
            shape, shape[0], self.expand, self.kernel, activation=activation, fewer_norm=self.fewer_norm
        )

    @classmethod
    def small(cls) -> "MBConvChoices":
        """Two expansions, two kernels."""
        return MBConvChoices(expands=(1, 2), kernels=(3, 5), fewer_norm=True)


@dataclass(frozen=True, kw_only=True)
class MBConvChoices(BlockChoices):
    """What a space may choose for the block."""

    type: ClassVar[str] = MBConv.type

    expands: tuple[int, ...]
    kernels: tuple[int, ...] = (3,)
    fewer_norm: bool = False

    def genes(self) -> dict[str, tuple[object, ...]]:
        """`expand`, channels inside over channels of the map, and `kernel`."""
        return {"expand": self.expands, "kernel": self.kernels}

    def decode(self, indices: Mapping[str, int], attention: AttentionConfig | None) -> MBConv:
        """The block of the chosen expansion and kernel."""
        del attention
        return MBConv(
            expand=self.expands[indices["expand"]],
            kernel=self.kernels[indices["kernel"]],
            fewer_norm=self.fewer_norm,
        )

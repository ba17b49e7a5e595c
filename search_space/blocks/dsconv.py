"""Depthwise separable convolution (MobileNet, arXiv 1704.04861; first level of MIT EfficientViT B)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from search_space.attention import AttentionConfig
from search_space.blocks.protocol import BlockChoices, BlockConfig
from search_space.checks import check_bool, check_kernel
from search_space.costs import Cost, conv, total
from search_space.parts import Shape


@dataclass(frozen=True, kw_only=True)
class DSConv(BlockConfig):
    """x + pointwise(depthwise(x)); `fewer_norm` drops the depthwise batch norm."""

    type: ClassVar[str] = "dsconv"
    words: ClassVar[str] = "DSConv"

    kernel: int = 3
    fewer_norm: bool = False

    def __post_init__(self) -> None:
        check_kernel(self.kernel)
        check_bool("fewer_norm", self.fewer_norm)

    def cost(self, shape: Shape, activation: str) -> Cost:
        """Cost on a (channels, height, width) map."""
        (n, h, w), lean = shape, self.fewer_norm
        return total(
            conv(n, n, self.kernel, h, w, groups=n, norm=not lean, bias=lean, activation=activation),
            conv(n, n, 1, h, w),
        )

    @classmethod
    def small(cls) -> "DSConvChoices":
        """Choices for `nas doctor`: kernels of 3 and 5."""
        return DSConvChoices(kernels=(3, 5))


@dataclass(frozen=True, kw_only=True)
class DSConvChoices(BlockChoices):
    """What a space may choose for the block."""

    type: ClassVar[str] = DSConv.type

    kernels: tuple[int, ...] = (3,)
    fewer_norm: bool = False

    def genes(self) -> dict[str, tuple[object, ...]]:
        """The one gene, `kernel`: the side of the depthwise convolution."""
        return {"kernel": self.kernels}

    def decode(self, indices: Mapping[str, int], attention: AttentionConfig | None) -> DSConv:
        """The block of the chosen kernel."""
        del attention
        return DSConv(kernel=self.kernels[indices["kernel"]], fewer_norm=self.fewer_norm)

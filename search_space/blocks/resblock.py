"""Two dense convolutions with a shortcut (ResNet, arXiv 1512.03385; first level of MIT EfficientViT L)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from search_space.attention import AttentionConfig
from search_space.blocks.protocol import BlockChoices, BlockConfig
from search_space.checks import check_bool, check_kernel
from search_space.costs import Cost, conv, total
from search_space.parts import Shape


@dataclass(frozen=True, kw_only=True)
class ResBlock(BlockConfig):
    """x + conv(conv(x)); `fewer_norm` drops the first batch norm."""

    type: ClassVar[str] = "resblock"
    words: ClassVar[str] = "residual block"

    kernel: int = 3
    fewer_norm: bool = False

    def __post_init__(self) -> None:
        check_kernel(self.kernel)
        check_bool("fewer_norm", self.fewer_norm)

    @property
    def traits(self) -> frozenset[str]:
        """Dense convolutions that add to the map."""
        return frozenset({"residual_conv"})

    def cost(self, shape: Shape, activation: str) -> Cost:
        """Cost on a (channels, height, width) map."""
        (n, h, w), lean = shape, self.fewer_norm
        first = conv(n, n, self.kernel, h, w, norm=not lean, bias=lean, activation=activation)
        return total(first, conv(n, n, self.kernel, h, w))

    @classmethod
    def small(cls) -> "ResBlockChoices":
        """Choices for `nas doctor`: kernels of 3 and 5."""
        return ResBlockChoices(kernels=(3, 5))


@dataclass(frozen=True, kw_only=True)
class ResBlockChoices(BlockChoices):
    """What a space may choose for the block."""

    type: ClassVar[str] = ResBlock.type

    kernels: tuple[int, ...] = (3,)
    fewer_norm: bool = False

    def genes(self) -> dict[str, tuple[object, ...]]:
        """The one gene, `kernel`: the side of both convolutions."""
        return {"kernel": self.kernels}

    def decode(self, indices: Mapping[str, int], attention: AttentionConfig | None) -> ResBlock:
        """The block of the chosen kernel."""
        del attention
        return ResBlock(kernel=self.kernels[indices["kernel"]], fewer_norm=self.fewer_norm)

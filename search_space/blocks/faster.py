"""Partial convolution and a feed-forward network (FasterNet, arXiv 2303.03667, section 3.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from search_space.attention import AttentionConfig
from search_space.blocks.protocol import BlockChoices, BlockConfig
from search_space.checks import check_int
from search_space.costs import Cost, conv, total
from search_space.parts import Shape


@dataclass(frozen=True, kw_only=True)
class Faster(BlockConfig):
    """x + project(expand(x with its first 1/`share` of the channels convolved)); `expand` is the ratio."""

    type: ClassVar[str] = "faster"
    words: ClassVar[str] = "FasterNet block"
    nested_genes: ClassVar[tuple[str, ...]] = ("expand",)  # channels that are not convolved pass as they are

    expand: int = 2
    share: int = 4

    def __post_init__(self) -> None:
        check_int("expand", self.expand, low=1)
        check_int("share", self.share, low=1)

    def cost(self, shape: Shape, activation: str) -> Cost:
        """Cost on a (channels, height, width) map."""
        (n, h, w), mid, some = shape, shape[0] * self.expand, max(1, shape[0] // self.share)
        return total(
            conv(some, some, 3, h, w, norm=False),
            conv(n, mid, 1, h, w, activation=activation),
            conv(mid, n, 1, h, w, norm=False),
        )

    @classmethod
    def small(cls) -> "FasterChoices":
        """Two ratios, two shares."""
        return FasterChoices(expands=(1, 2), shares=(4, 2))


@dataclass(frozen=True, kw_only=True)
class FasterChoices(BlockChoices):
    """What a space may choose for the block; order the shares from the largest number down."""

    type: ClassVar[str] = Faster.type

    expands: tuple[int, ...]
    shares: tuple[int, ...] = (4,)

    def genes(self) -> dict[str, tuple[object, ...]]:
        """`expand` and `faster.share`."""
        return {"expand": self.expands, "faster.share": self.shares}

    def decode(self, indices: Mapping[str, int], attention: AttentionConfig | None) -> Faster:
        """The block of the chosen ratio and share."""
        del attention
        return Faster(expand=self.expands[indices["expand"]], share=self.shares[indices["faster.share"]])

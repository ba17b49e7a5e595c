"""Attention between depthwise convolutions and feed-forward networks (Microsoft EfficientViT, arXiv 2305.07027)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from search_space.attention import ATTENTION, AttentionChoices, AttentionConfig
from search_space.blocks.evit import small_attentions
from search_space.blocks.protocol import BlockChoices, BlockConfig
from search_space.checks import check_attention, check_int, check_kernel
from search_space.costs import Cost, mixing_pair, total
from search_space.parts import Shape


@dataclass(frozen=True, kw_only=True)
class Sandwich(BlockConfig):
    """Depthwise, FFN, attention, depthwise, FFN, each with a shortcut (figure 6); `expand` is the FFN ratio."""

    type: ClassVar[str] = "sandwich"

    expand: int = 1
    kernel: int = 3
    attention: AttentionConfig | None = None

    def __post_init__(self) -> None:
        check_int("expand", self.expand, low=1)
        check_kernel(self.kernel)
        check_attention(self.attention, ATTENTION)

    def cost(self, shape: Shape, activation: str) -> Cost:
        """Cost on a (channels, height, width) map."""
        mixer = self.attention.cost(*shape, activation) if self.attention is not None else Cost()
        pair = mixing_pair(shape, self.kernel, self.expand, activation)
        return total(pair, mixer, pair)

    @classmethod
    def small(cls) -> "SandwichChoices":
        """Every attention type that offers small choices, or none."""
        return SandwichChoices(expands=(1, 2), kernels=(3, 5), attentions=small_attentions())


@dataclass(frozen=True, kw_only=True)
class SandwichChoices(BlockChoices):
    """What a space may choose for the block."""

    type: ClassVar[str] = Sandwich.type

    expands: tuple[int, ...]
    kernels: tuple[int, ...] = (3,)
    attentions: tuple[AttentionChoices | None, ...] = (None,)

    def genes(self) -> dict[str, tuple[object, ...]]:
        """`expand`, the ratio of the feed-forward networks, and `kernel`; attention has genes of its own."""
        return {"expand": self.expands, "kernel": self.kernels}

    def decode(self, indices: Mapping[str, int], attention: AttentionConfig | None) -> Sandwich:
        """The block of the chosen ratio, kernel and attention."""
        expand, kernel = self.expands[indices["expand"]], self.kernels[indices["kernel"]]
        return Sandwich(expand=expand, kernel=kernel, attention=attention)

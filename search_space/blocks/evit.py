"""Attention, then an inverted bottleneck (MIT EfficientViT, arXiv 2205.14756, figure 5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from search_space.attention import ATTENTION, AttentionChoices, AttentionConfig
from search_space.blocks.mbconv import MBConv
from search_space.blocks.protocol import BlockChoices, BlockConfig
from search_space.checks import check_attention, check_bool, check_int, check_kernel
from search_space.costs import Cost, inverted_bottleneck, total
from search_space.parts import Shape


@dataclass(frozen=True, kw_only=True)
class EViT(BlockConfig):
    """x + attention(x), then x + MBConv(x); without attention it is an MBConv block."""

    type: ClassVar[str] = "evit"
    words: ClassVar[str] = "attention + MBConv"

    expand: int = 1
    kernel: int = 3
    fewer_norm: bool = False
    attention: AttentionConfig | None = None

    def __post_init__(self) -> None:
        check_int("expand", self.expand, low=1)
        check_kernel(self.kernel)
        check_bool("fewer_norm", self.fewer_norm)
        check_attention(self.attention, ATTENTION)

    @property
    def bank(self) -> str:
        """Its convolutions are those of MBConv."""
        return MBConv.type

    @property
    def traits(self) -> frozenset[str]:
        """Those of MBConv, whose kernels it runs; its attention brings its own."""
        return frozenset({MBConv.type})

    def canonical(self) -> BlockConfig:
        """An MBConv block where there is no attention."""
        if self.attention is not None:
            return self
        return MBConv(expand=self.expand, kernel=self.kernel, fewer_norm=self.fewer_norm)

    def cost(self, shape: Shape, activation: str) -> Cost:
        """Cost on a (channels, height, width) map."""
        mixer = self.attention.cost(*shape, activation) if self.attention is not None else Cost()
        local = inverted_bottleneck(
            shape, shape[0], self.expand, self.kernel, activation=activation, fewer_norm=self.fewer_norm
        )
        return total(mixer, local)

    @classmethod
    def small(cls) -> "EViTChoices":
        """Every attention type that offers small choices, or none."""
        return EViTChoices(expands=(1, 2), kernels=(3, 5), attentions=small_attentions(), fewer_norm=True)


@dataclass(frozen=True, kw_only=True)
class EViTChoices(BlockChoices):
    """What a space may choose for the block."""

    type: ClassVar[str] = EViT.type

    expands: tuple[int, ...]
    kernels: tuple[int, ...] = (3,)
    attentions: tuple[AttentionChoices | None, ...] = (None,)
    fewer_norm: bool = False

    def genes(self) -> dict[str, tuple[object, ...]]:
        """`expand`, channels inside over channels of the map, and `kernel`; attention has genes of its own."""
        return {"expand": self.expands, "kernel": self.kernels}

    def decode(self, indices: Mapping[str, int], attention: AttentionConfig | None) -> EViT:
        """The block of the chosen expansion, kernel and attention."""
        return EViT(
            expand=self.expands[indices["expand"]],
            kernel=self.kernels[indices["kernel"]],
            fewer_norm=self.fewer_norm,
            attention=attention,
        )


def small_attentions() -> tuple[AttentionChoices | None, ...]:
    """None, and the small choices of every attention type that offers some."""
    found: list[AttentionChoices | None] = [None]
    for attention in ATTENTION.values():
        try:
            found.append(attention.small())
        except ValueError:
            continue  # registered without
    return tuple(found)

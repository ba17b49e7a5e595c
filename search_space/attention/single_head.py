"""Single-head attention over part of the channels (SHViT, arXiv 2401.16456, section 3.2): settings and cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from search_space.attention.protocol import AttentionChoices, AttentionConfig
from search_space.checks import check_int
from search_space.costs import SMOOTH_ACTIVATIONS, Cost, conv, product, total


@dataclass(frozen=True, kw_only=True)
class SingleHeadAttention(AttentionConfig):
    """One head of softmax attention over the first `channels` of the map; the others pass by it.

    The attended channels are normalised as one group first.
    """

    type: ClassVar[str] = "single_head"
    words: ClassVar[str] = "single-head"
    traits: ClassVar[frozenset[str]] = frozenset({"softmax", "group_norm"})

    channels: int
    key_dim: int = 16

    def __post_init__(self) -> None:
        check_int("channels", self.channels, low=1)
        check_int("key_dim", self.key_dim, low=1)

    def at(self, width: int, height_px: int, width_px: int) -> "SingleHeadAttention":
        """Itself.

        Raises:
            ValueError: there are fewer channels than it attends.
        """
        del height_px, width_px
        if self.channels > width:
            raise ValueError(f"single-head attention of {self.channels} channels needs as many, got {width}")
        return self

    def cost(self, width: int, height: int, map_width: int, activation: str) -> Cost:
        """Cost on a (width, height, map_width) map, residual excluded."""
        tokens, attended = height * map_width, self.channels
        return total(
            Cost(parameters=2 * attended, weights=2 * attended),
            conv(attended, 2 * self.key_dim + attended, 1, height, map_width),
            product(1, tokens, self.key_dim, tokens),
            product(1, attended, tokens, tokens),
            # group norm, scale, softmax, split, concatenation
            Cost(
                attention_kernels=5,
                softmax_elements=tokens * tokens,
                smooth_elements=width * tokens * (activation in SMOOTH_ACTIVATIONS),
            ),
            conv(width, width, 1, height, map_width),
        )

    @classmethod
    def small(cls) -> "SingleHeadChoices":
        """A quarter or half of the channels."""
        return SingleHeadChoices(shares=(0.25, 0.5), key_dims=(4, 8))


@dataclass(frozen=True, kw_only=True)
class SingleHeadChoices(AttentionChoices):
    """What a space may choose; `shares` are of the level's channels, rounded down."""

    type: ClassVar[str] = SingleHeadAttention.type

    shares: tuple[float, ...]
    key_dims: tuple[int, ...] = (16,)

    def genes(self) -> dict[str, tuple[object, ...]]:
        """Gene name to its choices."""
        return {"share": self.shares, "key_dim": self.key_dims}

    def decode(self, indices: Mapping[str, int], width: int) -> SingleHeadAttention:
        """Settings for a level of `width` channels."""
        channels = max(1, int(width * self.shares[indices["share"]]))
        return SingleHeadAttention(channels=channels, key_dim=self.key_dims[indices["key_dim"]])

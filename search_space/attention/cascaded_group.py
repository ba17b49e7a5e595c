"""Cascaded group attention (Microsoft EfficientViT, arXiv 2305.07027, section 3.2): settings and cost."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from search_space.attention.protocol import AttentionChoices, AttentionConfig
from search_space.checks import check_int, check_odd
from search_space.costs import SMOOTH_ACTIVATIONS, Cost, conv, product, total


@dataclass(frozen=True, kw_only=True)
class CascadedGroupAttention(AttentionConfig):
    """Windowed softmax attention; each head sees its own channel slice plus the previous head's output.

    `query_kernels` holds one depthwise kernel per head; the value dimension is width / heads.
    """

    type: ClassVar[str] = "cascaded_group"
    words: ClassVar[str] = "cascaded group"
    traits: ClassVar[frozenset[str]] = frozenset({"softmax", "cascade"})

    heads: int
    key_dim: int = 16
    window: int = 7
    query_kernels: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        check_int("heads", self.heads, low=1)
        check_int("key_dim", self.key_dim, low=1)
        check_int("window", self.window, low=1)
        if len(self.query_kernels) != self.heads:
            raise ValueError(f"query_kernels needs one kernel per head ({self.heads}), got {self.query_kernels}")
        for kernel in self.query_kernels:
            check_odd("query_kernels", kernel)

    def at(self, width: int, height_px: int, width_px: int) -> "CascadedGroupAttention":
        """The same attention with its window clamped to the map it works on.

        Raises:
            ValueError: `width` is not a multiple of `heads`.
        """
        if width % self.heads:
            raise ValueError(f"cascaded group attention needs width % heads == 0, got {width} and {self.heads}")
        return replace(self, window=min(self.window, max(height_px, width_px)))

    def cost(self, width: int, height: int, map_width: int, activation: str) -> Cost:
        """Cost on a (width, height, map_width) map padded to whole windows, residual excluded."""
        rows, columns = -(-height // self.window), -(-map_width // self.window)
        h, w = rows * self.window, columns * self.window
        windows, tokens, d = rows * columns, self.window**2, width // self.heads
        parts = []
        for kernel in self.query_kernels:
            parts += [
                conv(d, 2 * self.key_dim + d, 1, h, w),
                conv(self.key_dim, self.key_dim, kernel, h, w, groups=self.key_dim),
                product(windows, tokens, self.key_dim, tokens),
                product(windows, d, tokens, tokens),
                # scale and bias, softmax, split, cascade addition
                Cost(attention_kernels=4, softmax_elements=windows * tokens * tokens),
            ]
        layout = 2 if windows > 1 or (h, w) != (height, map_width) else 0
        parts.append(
            Cost(
                parameters=self.heads * tokens,
                weights=self.heads * tokens * tokens,
                attention_kernels=2 + layout,  # chunk and concatenation; window partition and its reverse
                cascade_steps=self.heads - 1,
                cascaded_blocks=1,
                smooth_elements=width * h * w * (activation in SMOOTH_ACTIVATIONS),
                padded_elements=width * (h * w - height * map_width),
            )
        )
        parts.append(conv(width, width, 1, h, w))
        return total(*parts)

    @classmethod
    def small(cls) -> "CascadedGroupAttentionChoices":
        """Two or three heads on windows of 2 or 3 pixels."""
        kernels = ((3, 3, 3), (5, 3, 3))
        return CascadedGroupAttentionChoices(heads=(2, 3), key_dims=(4, 8), windows=(2, 3), query_kernels=kernels)

    def describe(self) -> str:
        """`cascaded group attention, 4 heads, window 7`."""
        return f"cascaded group attention, {self.heads} head{'s' if self.heads > 1 else ''}, window {self.window}"


@dataclass(frozen=True, kw_only=True)
class CascadedGroupAttentionChoices(AttentionChoices):
    """What a space may choose for cascaded group attention.

    `query_kernels` are patterns; the first `heads` kernels of a pattern are used.
    """

    type: ClassVar[str] = "cascaded_group"
    nested_genes: ClassVar[tuple[str, ...]] = ("query_kernels",)
    """Lowering it gives the same network as zero weights would; width and heads deal the channels out anew."""

    heads: tuple[int, ...]
    key_dims: tuple[int, ...]
    windows: tuple[int, ...]
    query_kernels: tuple[tuple[int, ...], ...]

    def genes(self) -> dict[str, tuple[object, ...]]:
        """Gene name to its choices."""
        return {
            "heads": self.heads,
            "key_dim": self.key_dims,
            "window": self.windows,
            "query_kernels": self.query_kernels,
        }

    def decode(self, indices: Mapping[str, int], width: int) -> CascadedGroupAttention:
        """Settings for a level of `width` channels; a head count that does not divide it becomes the next lower."""
        heads = self.heads[indices["heads"]]
        if width % heads:
            heads = max(option for option in (*self.heads, 1) if option <= heads and width % option == 0)
        return CascadedGroupAttention(
            heads=heads,
            key_dim=self.key_dims[indices["key_dim"]],
            window=self.windows[indices["window"]],
            query_kernels=self.query_kernels[indices["query_kernels"]][:heads],
        )

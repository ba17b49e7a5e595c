"""Multi-scale ReLU linear attention (MIT EfficientViT, arXiv 2205.14756, section 3.1): settings and cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from search_space.attention.protocol import AttentionChoices, AttentionConfig
from search_space.checks import check_int, check_odd
from search_space.costs import Cost, conv, product, total


@dataclass(frozen=True, kw_only=True)
class LinearAttention(AttentionConfig):
    """ReLU linear attention over the raw tokens and one depthwise-aggregated copy of them per scale.

    `heads` x `head_dim` channels are attended in each of `1 + len(scales)` branches.
    """

    type: ClassVar[str] = "linear"
    uses_eps: ClassVar[bool] = True

    heads: int
    head_dim: int
    scales: tuple[int, ...] = (5,)

    def __post_init__(self) -> None:
        check_int("heads", self.heads, low=1)
        check_int("head_dim", self.head_dim, low=1)
        for scale in self.scales:
            check_odd("scales", scale)
        if tuple(sorted(set(self.scales))) != self.scales:
            raise ValueError(f"scales must be distinct and ascending, got {self.scales}")

    @property
    def bank(self) -> str:
        """One for each number of channels per head."""
        return f"{self.type}-d{self.head_dim}"

    def cost(self, width: int, height: int, map_width: int, activation: str) -> Cost:
        """Cost on a (width, height, map_width) map, the residual connection excluded."""
        del activation  # the kernel function is ReLU; nothing else is activated
        tokens, inner, d = height * map_width, self.heads * self.head_dim, self.head_dim
        groups = self.heads * (1 + len(self.scales))
        parts = [conv(width, 3 * inner, 1, height, map_width, norm=False)]
        for scale in self.scales:
            parts.append(conv(3 * inner, 3 * inner, scale, height, map_width, groups=3 * inner, norm=False))
            parts.append(conv(3 * inner, 3 * inner, 1, height, map_width, groups=3 * self.heads, norm=False))
        if tokens > d:  # (v padded with ones) k^T, then times q
            parts += [product(groups, d + 1, tokens, d), product(groups, d + 1, d, tokens)]
        else:  # the quadratic twin: k^T q, then v times it
            parts += [product(groups, tokens, d, tokens), product(groups, d, tokens, tokens)]
        parts.append(Cost(attention_kernels=4, linear_blocks=1))  # ReLU, concatenation, division, layout
        parts.append(conv(inner * (1 + len(self.scales)), width, 1, height, map_width))
        return total(*parts)

    @classmethod
    def small(cls) -> "LinearAttentionChoices":
        """One or several heads of 4 or 8 channels."""
        return LinearAttentionChoices(head_dims=(4, 8), head_ratios=(0.5, 1.0), scales=((), (3,), (5,), (3, 5)))

    def describe(self) -> str:
        """`linear attention, 8 heads x 16, scales 3+5`."""
        heads, scales = f"{self.heads} head{'s' if self.heads > 1 else ''}", "+".join(map(str, self.scales))
        return f"linear attention, {heads} x {self.head_dim}, scales {scales or 'none'}"


@dataclass(frozen=True, kw_only=True)
class LinearAttentionChoices(AttentionChoices):
    """What a space may choose for linear attention; `head_ratios` are shares of width // head_dim heads."""

    type: ClassVar[str] = "linear"
    nested_genes: ClassVar[tuple[str, ...]] = ("width", "head_ratio", "scales")
    """Lowering one of these gives the same network as setting what it drops to zero; `nas doctor` tries it."""

    head_dims: tuple[int, ...]
    head_ratios: tuple[float, ...]
    scales: tuple[tuple[int, ...], ...]

    def genes(self) -> dict[str, tuple[object, ...]]:
        """Gene name to its choices."""
        return {"head_dim": self.head_dims, "head_ratio": self.head_ratios, "scales": self.scales}

    def decode(self, indices: Mapping[str, int], width: int) -> LinearAttention:
        """Settings for a level of `width` channels."""
        head_dim = self.head_dims[indices["head_dim"]]
        ratio = self.head_ratios[indices["head_ratio"]]
        heads = max(1, int(width // head_dim * ratio))
        return LinearAttention(heads=heads, head_dim=head_dim, scales=self.scales[indices["scales"]])

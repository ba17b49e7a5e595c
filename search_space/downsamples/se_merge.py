"""Microsoft EfficientViT's subsample: an inverted bottleneck with squeeze-and-excitation between residual pairs."""

from dataclasses import dataclass
from typing import ClassVar

from search_space.checks import check_int
from search_space.costs import Cost, conv, mixing_pair, squeeze_excite, total
from search_space.downsamples.protocol import DownsampleConfig
from search_space.parts import Shape


@dataclass(frozen=True, kw_only=True)
class SEMerge(DownsampleConfig):
    """Residual pair, inverted bottleneck with squeeze-excite, residual pair (arXiv 2305.07027, section 3.3)."""

    type: ClassVar[str] = "se_merge"
    words: ClassVar[str] = "merging with squeeze-excitation"

    expand: int = 1

    def __post_init__(self) -> None:
        check_int("downsample_expand", self.expand, low=1)

    @property
    def traits(self) -> frozenset[str]:
        """Squeeze-and-excitation; the rest is convolutions."""
        return frozenset({"squeeze_excite"})

    def cost(self, shape: Shape, out_channels: int, activation: str) -> Cost:
        """Cost on a (channels, height, width) map."""
        (n, h, w), mid = shape, shape[0] * self.expand
        h_out, w_out = -(-h // 2), -(-w // 2)
        return total(
            mixing_pair(shape, 3, 2, activation),
            conv(n, mid, 1, h, w, activation=activation),
            conv(mid, mid, 3, h, w, stride=2, groups=mid, activation=activation),
            squeeze_excite(mid),
            conv(mid, out_channels, 1, h_out, w_out),
            mixing_pair((out_channels, h_out, w_out), 3, 2, activation),
        )

    @classmethod
    def small(cls) -> "SEMerge":
        """Twice as wide inside."""
        return cls(expand=2)

    def describe(self) -> str:
        """`merging with squeeze-excitation, expansion 4`."""
        return self.words + (f", expansion {self.expand}" if self.expand > 1 else "")

"""The segmentation head of MIT EfficientViT (arXiv 2205.14756, section 3.2)."""

from dataclasses import dataclass
from typing import ClassVar

from search_space.checks import check_int, check_known
from search_space.costs import Cost, conv, total
from search_space.heads.protocol import HeadConfig
from search_space.parts import Features


@dataclass(frozen=True, kw_only=True)
class SegHead(HeadConfig):
    """Strides 32, 16 and 8 summed at stride 8, `depth` residual blocks, classes (arXiv 2205.14756, 3.2).

    `final_expand` 0 leaves the widening 1x1 convolution out.
    """

    type: ClassVar[str] = "seg"
    words: ClassVar[str] = "segmentation"
    strides: ClassVar[tuple[int, ...]] = (32, 16, 8)

    width: int
    depth: int
    block: str = "mbconv"
    expand: int = 4
    final_expand: int = 0
    classes: int = 19

    def __post_init__(self) -> None:
        check_int("head width", self.width, low=1)
        check_int("head depth", self.depth, low=0)
        check_known("head block", self.block, ("mbconv", "fused_mbconv"))
        check_int("head expand", self.expand, low=1)
        check_int("final_expand", self.final_expand, low=0)
        check_int("classes", self.classes, low=1)

    def cost(self, features: Features, activation: str) -> Cost:
        """Cost of the head on the features of strides 32, 16 and 8."""
        height, width = features[-1][1:]
        mid, final = self.width * self.expand, self.width * (self.final_expand or 1)
        parts = [conv(channels, self.width, 1, h, w) for channels, h, w in features]
        for _ in range(self.depth):
            if self.block == "mbconv":
                parts.append(conv(self.width, mid, 1, height, width, activation=activation))
                parts.append(conv(mid, mid, 3, height, width, groups=mid, activation=activation))
            else:
                parts.append(conv(self.width, mid, 3, height, width, activation=activation))
            parts.append(conv(mid, self.width, 1, height, width))
        if self.final_expand:
            parts.append(conv(self.width, final, 1, height, width, activation=activation))
        parts.append(conv(final, self.classes, 1, height, width, norm=False, bias=True))
        return total(*parts)

    @classmethod
    def small(cls) -> "SegHead":
        """A narrow head for five classes, on which `nas doctor` examines the type."""
        return cls(width=8, depth=1, classes=5, final_expand=2)

    def describe(self) -> str:
        """`segmentation, 3 blocks of 64 channels`."""
        return f"segmentation, {self.depth} block{'s' * (self.depth != 1)} of {self.width} channels"

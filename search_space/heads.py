"""What sits on the pyramid: classification heads of both families and the segmentation head, with their costs."""

from dataclasses import dataclass
from typing import ClassVar

from search_space.checks import check_int, check_known, check_positive
from search_space.costs import SMOOTH_ACTIVATIONS, Cost, conv, linear, total

Features = tuple[tuple[int, int, int], ...]  # (channels, height, width) of each level that a head reads


@dataclass(frozen=True, kw_only=True)
class MitHead:
    """1x1 conv, average pool, linear without bias, layer norm, activation, linear (EfficientViT B and L).

    `conv_norm_eps` is the epsilon of the 1x1 convolution's batch norm; None takes the network's.
    """

    type: ClassVar[str] = "mit"
    strides: ClassVar[tuple[int, ...]] = ()  # the last level only

    widths: tuple[int, int]
    classes: int = 1000
    conv_norm_eps: float | None = None

    def __post_init__(self) -> None:
        for width in self.widths:
            check_int("head widths", width, low=1)
        check_int("classes", self.classes, low=1)
        if self.conv_norm_eps is not None:
            check_positive("conv_norm_eps", self.conv_norm_eps)

    def cost(self, features: Features, activation: str) -> Cost:
        """Cost of the head on the last level's features."""
        (channels, height, width), (first, second) = features[-1], self.widths
        return total(
            conv(channels, first, 1, height, width, activation=activation),
            linear(first, second, bias=False),
            Cost(
                parameters=2 * second,
                weights=2 * second,
                smooth_elements=second * (activation in SMOOTH_ACTIVATIONS),
            ),
            linear(second, self.classes),
        )


@dataclass(frozen=True, kw_only=True)
class NormLinearHead:
    """Global average pool, batch norm, linear (EfficientViT M)."""

    type: ClassVar[str] = "norm_linear"
    strides: ClassVar[tuple[int, ...]] = ()

    classes: int = 1000

    def __post_init__(self) -> None:
        check_int("classes", self.classes, low=1)

    def cost(self, features: Features, activation: str) -> Cost:
        """Cost of the head on the last level's features."""
        del activation  # nothing is activated
        channels = features[-1][0]
        return total(Cost(parameters=2 * channels), linear(channels, self.classes))


@dataclass(frozen=True, kw_only=True)
class SegHead:
    """Strides 32, 16 and 8 summed at stride 8, `depth` residual blocks, classes (arXiv 2205.14756, 3.2).

    `final_expand` 0 leaves the widening 1x1 convolution out.
    """

    type: ClassVar[str] = "seg"
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


HeadConfig = MitHead | NormLinearHead | SegHead

HEADS: dict[str, type[HeadConfig]] = {"mit": MitHead, "norm_linear": NormLinearHead, "seg": SegHead}

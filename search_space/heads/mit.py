"""The classification head of MIT EfficientViT (arXiv 2205.14756)."""

from dataclasses import dataclass, replace
from typing import ClassVar

from search_space.checks import check_int, check_positive
from search_space.costs import SMOOTH_ACTIVATIONS, Cost, conv, linear, total
from search_space.heads.protocol import HeadConfig
from search_space.parts import Features


@dataclass(frozen=True, kw_only=True)
class MitHead(HeadConfig):
    """1x1 conv, average pool, linear without bias, layer norm, activation, linear (EfficientViT B and L).

    `conv_norm_eps` is the epsilon of the 1x1 convolution's batch norm; None takes the network's.
    """

    type: ClassVar[str] = "mit"
    words: ClassVar[str] = "MIT"

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

    def with_conv_norm_eps(self, eps: float | None) -> "MitHead":
        """The same head with that epsilon in the batch norm of its 1x1 convolution."""
        return replace(self, conv_norm_eps=eps)

    @classmethod
    def small(cls) -> "MitHead":
        """A narrow head for ten classes, on which `nas doctor` examines the type."""
        return cls(widths=(24, 32), classes=10)

    def describe(self) -> str:
        """`convolution to 1024, dense to 1280`."""
        return f"convolution to {self.widths[0]}, dense to {self.widths[1]}"

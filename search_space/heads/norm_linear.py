"""The classification head of Microsoft EfficientViT (arXiv 2305.07027)."""

from dataclasses import dataclass
from typing import ClassVar

from search_space.checks import check_int
from search_space.costs import Cost, linear, total
from search_space.heads.protocol import HeadConfig
from search_space.parts import Features


@dataclass(frozen=True, kw_only=True)
class NormLinearHead(HeadConfig):
    """Global average pool, batch norm, linear (EfficientViT M)."""

    type: ClassVar[str] = "norm_linear"

    classes: int = 1000

    def __post_init__(self) -> None:
        check_int("classes", self.classes, low=1)

    def cost(self, features: Features, activation: str) -> Cost:
        """Cost of the head on the last level's features."""
        del activation  # nothing is activated
        channels = features[-1][0]
        return total(Cost(parameters=2 * channels), linear(channels, self.classes))

    @classmethod
    def small(cls) -> "NormLinearHead":
        """A head for ten classes, on which `nas doctor` examines the type."""
        return cls(classes=10)

    def describe(self) -> str:
        """What there is beside the average and its norm: `dense alone`."""
        return "dense alone"

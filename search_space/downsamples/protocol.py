"""What a downsample answers: the contract of the entries of `DOWNSAMPLES`."""

from typing import ClassVar, Protocol, Self

from search_space.costs import Cost
from search_space.parts import Features, Part, Shape


class DownsampleConfig(Part, Protocol):
    """Settings of what leads to a level: a frozen dataclass, registered under its `type`.

    Its output has ceil(size / stride) rows and columns.
    """

    role: ClassVar[str] = "downsample"

    @property
    def kind(self) -> str:
        """Name of the operator among those of a network."""
        return f"{self.type}_downsample"

    @property
    def stride(self) -> int:
        """By which it divides the map: 2 or 4."""
        return 2

    @property
    def attention(self) -> None:
        """None: downsamples have no room for attention."""
        return

    @property
    def bank(self) -> str:
        """Name of the shared parameters that a supernet slices for it; types that name the same one share them."""
        return self.kind

    @property
    def traits(self) -> frozenset[str]:
        """Words for what its kernels do beyond what its cost counts: its own name, unless it says otherwise."""
        return frozenset({self.type})

    def cost(self, shape: Shape, out_channels: int, activation: str) -> Cost:
        """Cost on a (channels, height, width) map."""
        ...

    def operator_cost(self, inputs: Features, out_channels: int, activation: str) -> Cost:
        """Cost as an operator of a network."""
        return self.cost(inputs[0], out_channels, activation)

    @classmethod
    def small(cls) -> Self:
        """Settings on which `nas doctor` examines the type: its defaults."""
        return cls()

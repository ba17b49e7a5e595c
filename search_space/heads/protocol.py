"""What a head answers: the contract of the entries of `HEADS`."""

from dataclasses import replace
from typing import Any, ClassVar, Protocol, Self

from search_space.costs import Cost
from search_space.parts import Features, Part


class HeadConfig(Part, Protocol):
    """Settings of what sits on the pyramid: a frozen dataclass, registered under its `type`.

    `strides` names the levels that it reads, from the last to the first; none means the last level only. `classes`
    counts what it tells apart. `conv_norm_eps` is the epsilon of the batch norms of its own convolutions, None where
    it is the network's, or there are none.
    """

    role: ClassVar[str] = "head"
    strides: ClassVar[tuple[int, ...]] = ()
    classes: int
    conv_norm_eps: float | None = None

    @property
    def kind(self) -> str:
        """Name of the operator among those of a network."""
        return f"{self.type}_head"

    @property
    def stride(self) -> int:
        """A head that reads several levels answers at the finest of them."""
        return 1

    @property
    def attention(self) -> None:
        """None: heads have no room for attention."""
        return

    @property
    def bank(self) -> str:
        """Name of the shared parameters that a supernet slices for it."""
        return self.kind

    @property
    def traits(self) -> frozenset[str]:
        """Words for what its kernels do beyond what its cost counts: its own name, unless it says otherwise."""
        return frozenset({self.kind})

    def cost(self, features: Features, activation: str) -> Cost:
        """Cost on the (channels, height, width) of each level that it reads, or of the last."""
        ...

    def for_classes(self, classes: int) -> Self:
        """The same head for that many classes."""
        head: Any = self
        return replace(head, classes=classes)

    def with_conv_norm_eps(self, eps: float | None) -> Self:
        """The same head with that epsilon in the batch norms of its own convolutions, if it has such a setting."""
        del eps
        return self

    def operator_cost(self, inputs: Features, out_channels: int, activation: str) -> Cost:
        """Cost as an operator of a network."""
        del out_channels  # those of the classes
        return self.cost(inputs, activation)

    @classmethod
    def small(cls) -> Self:
        """A head for few classes, on which `nas doctor` examines the type.

        Raises:
            ValueError: the type offers none.
        """
        raise ValueError(f"the {cls.type} head offers no small one: name a space as module:NAME")

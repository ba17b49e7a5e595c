"""What an attention type answers, and what its choices do: the contract of the entries of `ATTENTION`."""

from collections.abc import Mapping
from typing import ClassVar, Protocol, Self

from search_space.costs import Cost
from search_space.parts import Part


class AttentionConfig(Part, Protocol):
    """Settings of one attention block: a frozen dataclass, registered under its `type`.

    `traits` are words for what its kernels do, beside its own name, which is a trait of every type
    (`search_space.traits`): two types that name the same one share what was measured of it. `uses_eps` says whether
    it divides by a sum to which the network's `attention_eps` is added.
    """

    traits: ClassVar[frozenset[str]] = frozenset()
    uses_eps: ClassVar[bool] = False

    @property
    def name_in_words(self) -> str:
        """`words`, or else the type, and what it is: `linear attention`."""
        return f"{self.words or self.type.replace('_', ' ')} attention"

    @property
    def bank(self) -> str:
        """Name of the shared parameters that a supernet slices for it: types, and settings that deal the channels
        out anew, have banks of their own.
        """
        return self.type

    def at(self, width: int, height_px: int, width_px: int) -> Self:
        """The same attention on a map of that size: itself, unless a window has to shrink.

        Raises:
            ValueError: it does not fit `width` channels.
        """
        del width, height_px, width_px
        return self

    def cost(self, width: int, height: int, map_width: int, activation: str) -> Cost:
        """Cost on a (width, height, map_width) map, the residual connection excluded."""
        ...

    @classmethod
    def small(cls) -> "AttentionChoices":
        """Choices for a few channels on a map of 4 to 8 pixels, on which `nas doctor` examines the type.

        Raises:
            ValueError: the type offers none.
        """
        raise ValueError(f"{cls.type} attention offers no small choices: name some as module:NAME")


class AttentionChoices(Protocol):
    """What a space may choose for one attention type: a frozen dataclass whose `type` is that of the settings.

    `nested_genes` name what may be lowered to the same effect as setting what it drops to zero; `nas doctor` tries
    it.
    """

    type: ClassVar[str]
    nested_genes: ClassVar[tuple[str, ...]] = ()

    def genes(self) -> dict[str, tuple[object, ...]]:
        """Gene name to its choices."""
        ...

    def decode(self, indices: Mapping[str, int], width: int) -> AttentionConfig:
        """Settings for a level of `width` channels."""
        ...

"""What a block answers, and what its choices do: the contract of the entries of `BLOCKS`."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any, ClassVar, Protocol, Self

from search_space.attention import AttentionChoices, AttentionConfig
from search_space.costs import Cost
from search_space.parts import Features, Part, Shape, settings_in_words


class BlockConfig(Part, Protocol):
    """Settings of a block, which keeps the shape of its map: a frozen dataclass, registered under its `type`.

    `kernel` is the side of its largest spatial convolution. Most blocks have no room for `attention`. `nested_genes`
    name what may be lowered to the same effect as setting what it drops to zero; `nas doctor` tries it.
    """

    role: ClassVar[str] = "block"
    nested_genes: ClassVar[tuple[str, ...]] = ("width", "expand", "kernel")
    kernel: int = 3
    attention: AttentionConfig | None = None

    @property
    def kind(self) -> str:
        """Name of the operator among those of a network."""
        return self.type

    @property
    def stride(self) -> int:
        """A block keeps the size of its map."""
        return 1

    @property
    def bank(self) -> str:
        """Name of the shared parameters that a supernet slices for what is not attention; types that name the same
        one share them.
        """
        return self.type

    @property
    def traits(self) -> frozenset[str]:
        """Words for what its kernels do beyond what its cost counts, attention aside: its own name, unless it says
        otherwise. Types that name the same one share what was measured of it.
        """
        return frozenset({self.type})

    def canonical(self) -> "BlockConfig":
        """The simplest block that computes the same."""
        return self

    def at(self, shape: Shape) -> Self:
        """The same block with its attention fitted to a map.

        Raises:
            ValueError: it does not fit the channels.
        """
        if self.attention is None:
            return self
        return self.with_attention(self.attention.at(*shape))

    def with_attention(self, attention: AttentionConfig | None) -> Self:
        """The same block with another attention; itself where there is no room for any."""
        if "attention" not in {field.name for field in _fields(self)}:
            return self
        return _replace(self, attention=attention)

    def cost(self, shape: Shape, activation: str) -> Cost:
        """Cost on a (channels, height, width) map."""
        ...

    def operator_cost(self, inputs: Features, out_channels: int, activation: str) -> Cost:
        """Cost as an operator of a network."""
        del out_channels  # those of the map
        return self.cost(inputs[0], activation)

    @classmethod
    def small(cls) -> "BlockChoices":
        """Choices for a few channels on a map of 4 to 8 pixels, on which `nas doctor` examines the type.

        Raises:
            ValueError: the type offers none.
        """
        raise ValueError(f"the block {cls.type} offers no small choices: name a space as module:NAME")

    def describe(self) -> str:
        """Name and settings in words: `MBConv, expand 4, kernel 3`."""
        attention = [self.attention.describe()] if self.attention is not None else []
        return ", ".join([self.name_in_words, *settings_in_words(self), *attention])


class BlockChoices(Protocol):
    """What a space may choose for one type of block: a frozen dataclass whose `type` is that of the settings.

    Genes have names within their level. Blocks of a level that name the same gene share it, and then offer the same
    choices; order these from cheap to expensive. Further names start with the type: `uib.middle_kernel`.
    `attentions` are attention types with their own choices, None meaning without; empty where there is no room for
    any.
    """

    type: ClassVar[str]
    attentions: tuple[AttentionChoices | None, ...] = ()

    def genes(self) -> dict[str, tuple[object, ...]]:
        """Gene name to its choices, those of attention aside."""
        ...

    def decode(self, indices: Mapping[str, int], attention: AttentionConfig | None) -> BlockConfig:
        """The block that these indices, by gene name, and this attention give."""
        ...

    def covering(self, attention: AttentionConfig | None) -> Iterator[BlockConfig]:
        """Blocks whose parameters together include those of every choice: by default the last choice of each gene."""
        yield self.decode({name: len(options) - 1 for name, options in self.genes().items()}, attention)


def _fields(config: Any) -> tuple[Any, ...]:
    return fields(config)


def _replace(config: Any, **change: object) -> Any:
    return replace(config, **change)

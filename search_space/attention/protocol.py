"""What an attention type answers, and what its choices do: the contract of the entries of `ATTENTION`."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, ClassVar, Protocol

from search_space.costs import Cost


class AttentionConfig(Protocol):
    """Settings of one attention block: a frozen dataclass, registered under its `type`.

    `traits` are words for what its kernels do, beside its own name, which is a trait of every type
    (`search_space.traits`): two types that name the same one share what was measured of it.
    """

    type: ClassVar[str]
    traits: ClassVar[frozenset[str]] = frozenset()

    def at(self, width: int, height_px: int, width_px: int) -> "AttentionConfig":
        """The same attention on a map of that size.

        Raises:
            ValueError: it does not fit `width` channels.
        """
        ...

    def cost(self, width: int, height: int, map_width: int, activation: str) -> Cost:
        """Cost on a (width, height, map_width) map, the residual connection excluded."""
        ...

    def describe(self) -> str:
        """Name and settings in words; of a type that says nothing else, every field."""
        settings = [f"{field.name.replace('_', ' ')} {_listed(getattr(self, field.name))}" for field in _fields(self)]
        return ", ".join([f"{self.type.replace('_', ' ')} attention", *settings])


class AttentionChoices(Protocol):
    """What a space may choose for one attention type: a frozen dataclass whose `type` is that of the settings."""

    type: ClassVar[str]

    def __hash__(self) -> int: ...

    def genes(self) -> dict[str, tuple[object, ...]]:
        """Gene name to its choices."""
        ...

    def decode(self, indices: Mapping[str, int], width: int) -> AttentionConfig:
        """Settings for a level of `width` channels."""
        ...


def _fields(config: Any) -> tuple[Any, ...]:
    return fields(config)


def _listed(value: object) -> str:
    return " ".join(map(str, value)) or "none" if isinstance(value, tuple) else str(value)

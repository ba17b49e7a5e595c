"""What every part of a network answers for itself: its settings in words, and what its kernels do."""

from dataclasses import fields
from typing import Any, ClassVar, Protocol

Shape = tuple[int, int, int]  # channels, height, width of a map
Features = tuple[Shape, ...]  # of each map that an operator reads


class Part(Protocol):
    """A frozen dataclass, registered under its `type`; `words` name it in a sentence, by default the type does.

    A field that is added to a part later has a default and the metadata `ADDED_LATER`, so that networks that do not
    use it keep their identity, and measurements of them their key.
    """

    type: ClassVar[str]
    words: ClassVar[str] = ""

    @property
    def name_in_words(self) -> str:
        """`words`, or else the type: `MBConv`."""
        return self.words or self.type.replace("_", " ")

    def describe(self) -> str:
        """Name and settings in words; of a part that says nothing else, every field that is a plain value."""
        return ", ".join([self.name_in_words, *settings_in_words(self)])


ADDED_LATER = {"added_later": True}


def settings_in_words(part: Any) -> list[str]:
    """`kernel 3`, `scales 3 5` of each field that holds plain values."""
    found = []
    for field in fields(part):
        value = getattr(part, field.name)
        if isinstance(value, int | float | str | tuple) and type(value) is not bool:
            found.append(f"{field.name.replace('_', ' ')} {_listed(value)}")
    return found


def _listed(value: object) -> str:
    return " ".join(map(str, value)) or "none" if isinstance(value, tuple) else str(value)

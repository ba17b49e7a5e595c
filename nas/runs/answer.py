"""`answer.json`: what a run answered, as it was printed."""

from dataclasses import dataclass
from typing import Any

from nas.runs.fields import Fields


@dataclass(frozen=True, kw_only=True)
class AnswerText:
    """The sentences, the first of which says what to deploy, and commands to paste.

    Raises:
        ValueError: no sentence.
    """

    sentences: tuple[str, ...]
    commands: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.sentences:
            raise ValueError("an answer needs a sentence")

    def to_json(self) -> dict[str, Any]:
        """The object of `answer.json`."""
        return {"sentences": list(self.sentences), "commands": list(self.commands)}

    @classmethod
    def from_json(cls, found: Fields) -> "AnswerText":
        """Read what `to_json` gave.

        Raises:
            ValueError: there is no sentence.
        """
        sentences, commands = (tuple(map(str, found.list(name))) for name in ("sentences", "commands"))
        return cls(sentences=sentences, commands=commands)

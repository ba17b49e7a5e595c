"""What a run answered, as it was printed."""

import json
from dataclasses import dataclass
from pathlib import Path

ANSWER = "answer.json"


@dataclass(frozen=True, kw_only=True)
class AnswerText:
    """The sentences, the first of which says what to deploy, and commands to paste."""

    sentences: tuple[str, ...]
    commands: tuple[str, ...]


def read_answer(folder: Path) -> AnswerText | None:
    """The answer in a run's folder; None where an older version left none, or where it cannot be read."""
    try:
        found = json.loads((folder / ANSWER).read_text(encoding="utf-8"))
        sentences, commands = (tuple(map(str, found[name])) for name in ("sentences", "commands"))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return AnswerText(sentences=sentences, commands=commands) if sentences else None

"""What every command prints with: people's output on stdout, progress on stderr, JSON alone when asked."""

import json
import sys
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

# tables stay readable in a pipe or a log, where there is no terminal to ask for its width
stdout = Console(width=None if sys.stdout.isatty() else 120)
stderr = Console(stderr=True, width=None if sys.stderr.isatty() else 120)


def progress() -> Progress:
    """A progress bar on stderr, with time left; silent where stderr is not a terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
        console=stderr,
        disable=not stderr.is_terminal,
    )


def print_json(value: Any) -> None:
    """Machine-readable output on stdout."""
    print(json.dumps(value, indent=2, sort_keys=True))


def print_notes(notes: list[str]) -> None:
    """What else the reader of a result should know, on stderr."""
    for note in notes:
        stderr.print(note, style="yellow", markup=False, highlight=False, soft_wrap=True)

"""What every command prints with: people's output on stdout, progress on stderr, JSON alone when asked."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from nas.units import format_seconds

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


@contextmanager
def steps(text: str, *, every_s: float = 30.0) -> Iterator[Callable[[int, int], None]]:
    """A call that takes (done, total): a bar with the time left; without a terminal, a line now and then."""
    started, told, first = time.monotonic(), time.monotonic(), -1
    with progress() as bar:
        task = bar.add_task(text, total=None, note="")

        def step(done: int, total: int) -> None:
            nonlocal told, first
            bar.update(task, completed=done, total=total)
            first, now = done if first < 0 else first, time.monotonic()
            if stderr.is_terminal or now - told < every_s or done == first:
                return
            told = now
            left = (now - started) / (done - first) * (total - done)
            stderr.print(f"{text}: {done}/{total}, about {format_seconds(left)} left")

        yield step

"""What every command prints with: people's output on stdout, progress on stderr, JSON alone when asked."""

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import wrap
from typing import Any, Literal

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from nas.units import format_seconds
from search_space.disk import json_text

# as wide as the terminal; in a pipe or a log, where there is none to ask, $COLUMNS or 80: a screen's width everywhere
stdout = Console()
stderr = Console(stderr=True)


def plain_table(*headings: str, text: Collection[str] = (), wrapped: Collection[str] = ()) -> Table:
    """A table without a frame: numbers to the right, the columns named in `text` to the left.

    Only the columns `wrapped` give way where the screen is narrow, at words; all others are as wide as their cells.
    """
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    for heading in headings:
        align: Literal["left", "right"] = "left" if heading in text else "right"
        table.add_column(heading, justify=align, no_wrap=heading not in wrapped)
    return table


def tell_path(text: str, path: Path | str) -> None:
    """A line on stdout with a path or a command at its end, which is never broken: on a line of its own if long."""
    line = f"{text} {path}"
    line = line if len(line) <= stdout.width else f"{text}\n{path}"
    stdout.print(line, markup=False, highlight=False, soft_wrap=True)


def tell(text: str, *, style: str | None = None) -> None:
    """Sentences on stdout, wrapped at words, nothing in them taken for markup or numbers to colour.

    A word longer than a line, such as a path, stays whole.
    """
    stdout.print(wrapped(text, stdout.width), style=style, markup=False, highlight=False, soft_wrap=True)


def wrapped(text: str, columns: int) -> str:
    """Lines of at most so many columns, broken at blanks alone."""
    lines = [wrap(line, columns, break_long_words=False, break_on_hyphens=False) or [""] for line in text.split("\n")]
    return "\n".join(part for line in lines for part in line)


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
    print(json_text(value), end="")


def print_notes(notes: list[str]) -> None:
    """What else the reader of a result should know, on stderr."""
    for note in notes:
        stderr.print(note, style="yellow", markup=False, highlight=False)


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

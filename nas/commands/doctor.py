"""`nas doctor`: a line for each check, and the first example against it."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from nas.commands.console import print_json, progress, stdout
from nas.errors import UserError

if TYPE_CHECKING:
    from supernet.doctor import Verdict

_MARKS = {True: ("✓", "green"), False: ("✗", "red"), None: ("-", "dim")}


def doctor_command(
    *, space: str | None, supernet: Path | None, part: str | None, quick: bool, seed: int, as_json: bool
) -> None:
    """Examine one thing and print what was found.

    Raises:
        UserError: not exactly one thing to examine.
        typer.Exit: with code 1, a check failed.
    """
    given = {"space": space, "supernet": supernet, "part": part}
    origins = [f"{kind}:{name}" for kind, name in given.items() if name is not None]
    if len(origins) != 1:
        raise UserError(f"give one of --space, --supernet and --part to examine, got {len(origins)}")
    from nas.checkup import ALL_CHECKS
    from supernet.doctor import Subject, examine

    began = time.perf_counter()
    with progress() as bar:
        task = bar.add_task("building the supernet", total=len(ALL_CHECKS), note="")
        subject = Subject.named(origins[0], quick=quick, seed=seed)

        def tell(verdict: "Verdict") -> None:
            bar.update(task, advance=1, description="examining", note=verdict.name)
            if not as_json:
                _print(verdict)

        found = examine(subject, ALL_CHECKS, on_check=tell)
    failed = sum(verdict.passed is False for verdict in found)
    seconds = time.perf_counter() - began
    if as_json:
        checks = [verdict.to_dict() for verdict in found]
        print_json({"examined": origins[0], "healthy": not failed, "seconds": seconds, "checks": checks})
    else:
        verdict = "healthy" if not failed else f"{failed} of {len(found)} checks failed"
        stdout.print(f"{origins[0]}: {verdict}, {seconds:.0f} s", highlight=False, markup=False)
    if failed:
        raise typer.Exit(1)


def _print(verdict: "Verdict") -> None:
    """One line; under a failed check where, what was expected and what was found."""
    mark, style = _MARKS[verdict.passed]
    note = f" ({verdict.note})" if verdict.note else ""
    line = f"{mark} {verdict.name:<12} {verdict.seconds:5.1f} s  {verdict.sentence}{note}"
    stdout.print(line, style=style, highlight=False, markup=False, soft_wrap=True)
    if verdict.passed is False:
        for name, text in (("where", verdict.where), ("expected", verdict.expected), ("found", verdict.found)):
            stdout.print(f"    {name}: {text}", highlight=False, markup=False, soft_wrap=True)

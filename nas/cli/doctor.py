"""`nas doctor`: a line for each check, and the first example against it."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nas.cli.console import print_json, progress, stdout
from nas.cli.shared import JsonOption, SeedOption
from nas.errors import UserError

if TYPE_CHECKING:
    from supernet.doctor import Verdict

_MARKS = {True: ("✓", "green"), False: ("✗", "red"), None: ("-", "dim")}


def doctor(
    space: Annotated[
        str | None, typer.Option("--space", help="Examine a space with fresh weights; see `nas spaces`.")
    ] = None,
    supernet: Annotated[
        Path | None, typer.Option("--supernet", metavar="DIR", help="Examine a trained supernet (`nas train`).")
    ] = None,
    part: Annotated[
        str | None,
        typer.Option(
            "--part",
            metavar="PART",
            help="Examine an attention type, block, downsample or head in a small space around it; or a space, or "
            "the choices of an attention type, of your own: module:NAME or file.py:NAME.",
        ),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Fewer sub-networks, one export.")] = False,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Does a supernet, a space or a part of your own keep what the toolkit relies on? Exit code 1 where it does not.

    Checks that a sub-network computes what its extracted network computes, that every shared number is reached by a
    gradient and means the same in every sub-network, that costs are those of the built modules, that statistics are
    re-estimated, that recipes visit every choice, that descriptions come back from JSON and genotypes, that layers
    have a say, that another process gets the same, and that exports agree. One line a check, with the first example
    against it: where, what was expected, what was found. Sub-networks of fresh weights are examined with random
    ones in place of constants, since a residual branch that starts at zero would hide all else.

    Examples:

        nas doctor --space digits

        nas doctor --supernet results/supernet/digits --quick

        nas doctor --part linear

        nas doctor --part my_attention.py:CHOICES --json
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

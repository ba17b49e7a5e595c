"""Arguments of `nas doctor`."""

from pathlib import Path
from typing import Annotated

import typer

from nas.arguments.shared import JsonOption, SeedOption


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
    from nas.commands.doctor import doctor_command

    doctor_command(space=space, supernet=supernet, part=part, quick=quick, seed=seed, as_json=as_json)

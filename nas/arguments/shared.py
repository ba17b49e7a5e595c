"""Options and arguments that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

# written out, so that the help needs no numpy; a test compares it with the spaces
SPACE_HELP = (
    "Search space: efficientvit (MIT B and Microsoft M; its supernet has 269 M parameters), efficientvit-l "
    "(MIT L; 191 M), digits (2 M); see `nas spaces`."
)
SpaceOption = Annotated[str, typer.Option("--space", help=SPACE_HELP)]
DeviceOption = Annotated[str, typer.Option("--device", help="Target device or alias; see `nas devices`.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else on stdout.")]
SeedOption = Annotated[int, typer.Option("--seed", help="Same seed, same result (same machine and versions).")]
JudgedDataOption = Annotated[
    str | None, typer.Option("--data", help="Judge on this data set; default: the one the supernet was trained on.")
]
SupernetOption = Annotated[
    Path | None, typer.Option("--supernet", metavar="DIR", help="Trained supernet (`nas train`).")
]
ArchArgument = Annotated[
    str,
    typer.Argument(
        metavar="ARCH", help="Published name (mit-b1, mit-l2@384), arch_id prefix of a run, or a JSON file."
    ),
]

"""Arguments of `nas evaluate`."""

from pathlib import Path
from typing import Annotated

import typer

from nas.arguments.shared import ArchArgument, JsonOption, JudgedDataOption


def evaluate(
    arch: ArchArgument,
    supernet: Annotated[Path, typer.Option("--supernet", metavar="DIR", help="Trained supernet.")],
    data: JudgedDataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Score of a sub-network with the supernet's weights on held-out images."""
    from nas.commands.evaluate import evaluate_command

    evaluate_command(arch, supernet=supernet, data=data, as_json=as_json)

"""Arguments of `nas report`."""

from pathlib import Path
from typing import Annotated

import typer

from nas.arguments.shared import JsonOption


def report_page(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Folder of a finished search, or its name.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Default: report.html in the run's folder.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write one HTML page of a finished search: charts, every network, downloads, where each number comes from.

    The page needs no network and no other file.

    Example: nas report results/search/my-run
    """
    from nas.commands.report import report_command

    report_command(run, out=out, as_json=as_json)

"""`nas report`, and what `nas search` leaves for it."""

from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from nas.cli.console import print_json, print_notes, tell_path
from nas.cli.shared import JsonOption


def report(
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
    from nas.report import write_report
    from nas.runs import find_run

    written = write_report(find_run(run), out)
    if as_json:
        print_json({"report": str(written.path), "bytes": written.bytes, "gaps": list(written.gaps)})
        return
    tell_path(f"wrote {written.bytes / 1e6:.1f} MB:", written.path)
    print_notes(list(written.gaps))


def print_page(folder: Path, page: str | None) -> None:
    """Where the page is, or the command that writes it."""
    tell_path("report:" if page else "for a page of it:", page or f"nas report {quote(str(folder))}")

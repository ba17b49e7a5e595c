"""`nas report`, and what `nas search` leaves for it."""

from pathlib import Path
from shlex import quote

from nas.commands.console import print_json, print_notes, tell_path


def report_command(run: str, *, out: Path | None, as_json: bool) -> None:
    """Write the page and say where it is and what it lacks."""
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

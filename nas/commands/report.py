"""`nas report`, and what `nas search` leaves for it."""

import json
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from nas.commands.console import print_json, print_notes, tell_path
from nas.commands.explanation import explain
from nas.files import write_text

if TYPE_CHECKING:
    from nas.search.answer import Answer
    from nas.search.outcome import SearchResult
    from predictors import LatencyPredictor


def report_command(run: str, *, out: Path | None, as_json: bool) -> None:
    """Write the page and say where it is and what it lacks."""
    from nas.report import write_report
    from nas.report.run_folder import find_run

    written = write_report(find_run(run), out)
    if as_json:
        print_json({"report": str(written.path), "bytes": written.bytes, "gaps": list(written.gaps)})
        return
    tell_path(f"wrote {written.bytes / 1e6:.1f} MB:", written.path)
    print_notes(list(written.gaps))


def keep_for_report(
    result: "SearchResult", latency: "LatencyPredictor", found: "Answer | None" = None, *, write: bool
) -> str | None:
    """Keep the answer and the chosen network's latency by block in the run's folder; with `write`, write the page.

    Kept because a report reads the run alone, and the predictor may be gone or fitted anew by then.
    """
    from nas.report import write_report
    from nas.report.answer import ANSWER
    from nas.report.run_folder import BLOCKS

    if found is not None:
        # the page has a place of its own for the caution
        said = [each for each in found.sentences if each != found.caution]
        text = {"sentences": said, "commands": found.commands}
        write_text(result.folder / ANSWER, json.dumps(text, indent=1, sort_keys=True) + "\n")
    if not result.best.is_rival:
        arch = result.best.arch
        blocks = {"arch_id": arch.arch_id, "device": latency.device, **explain(latency, arch)}
        write_text(result.folder / BLOCKS, json.dumps(blocks, indent=1, sort_keys=True) + "\n")
    return str(write_report(result.folder).path) if write else None


def print_page(folder: Path, page: str | None) -> None:
    """Where the page is, or the command that writes it."""
    tell_path("report:" if page else "for a page of it:", page or f"nas report {quote(str(folder))}")

"""What the commands that measure share: a place at work, a bundle to carry, results that are brought home."""

from pathlib import Path
from typing import TYPE_CHECKING

from nas.cli.console import stderr, steps, tell, tell_path
from nas.devices import Device

if TYPE_CHECKING:
    from nas.collecting.places import Job, Outcome, Place
    from nas.collecting.places.bundle import BundleReport


def measured(place: "Place", job: "Job") -> "Outcome":
    """What came of a job, progress and notes on the terminal."""
    return place.measure(job, progress=steps, on_note=_note)


def print_bundle(report: "BundleReport", device: Device, command: str) -> None:
    """What was written and what to do with it; `command` takes the results in."""
    tell_path(f"{report.models} models, {report.bytes / 1e6:.1f} MB:", report.path)
    tell_path("on the board:", f"python3 {report.path.name}")
    tell_path("back here:", f"nas {command} --device {device.name} --import results.jsonl")


def print_missing(missing: int) -> None:
    """How much of a plan is still to come."""
    if missing:
        stderr.print(f"note: {missing} of the plan not visited yet; import again when the runner is through")


def _note(text: str) -> None:
    stderr.print(f"note: {text}", style="yellow")


def import_command(results: Path, device: Device, folder: Path, bundle: Path | None, *, mixed: bool) -> None:
    """File a results file, or another project's table by its ending, and print what came of it."""
    from nas.collecting.imported import READERS, save_imported

    if (reader := READERS.get(results.suffix.lower())) is not None:
        rows, refused = save_imported(results, folder, device=device.name, reader=reader)
        for row in refused:
            stderr.print(f"note: {row.where} refused: {row.reason}", style="yellow")
        tell(f"{folder}: {len(rows)} imported rows, {len(refused)} refused")
        return
    from nas.cli.collect import print_table
    from nas.collecting.places.results import import_results, left_out

    table, new = import_results(results, device=device, folder=folder, bundle=bundle, mixed=mixed)
    if not new:
        tell(f"{folder}: complete, nothing to add ({len(table.rows)} rows)")
        return
    print_table(table, folder)
    print_missing(left_out(results))

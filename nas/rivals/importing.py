"""Results of rivals that were measured elsewhere, filed as a table."""

from pathlib import Path

from nas.collecting.places import Outcome
from nas.collecting.places.results import import_results, left_out
from nas.devices import Device
from nas.errors import UserError
from nas.measuring.runner.journal import Journal
from nas.rivals.plan import RivalSet


def import_rivals(results: Path, *, device: Device, folder: Path, bundle: Path | None = None) -> Outcome:
    """File a results file of the runner in the table of `folder`; `bundle` is the one that was carried.

    Raises:
        UserError: the results are of a search space, of another device or of another plan.
    """
    if results.is_file():
        found = Journal(results, None, repair=False).plan.get("space", RivalSet().name)
        if found != RivalSet().name:
            raise UserError(f"--import {results} is of the space {found}, not of rivals; use nas collect --import")
    table, new = import_results(results, device=device, folder=folder, bundle=bundle)
    return Outcome(table=table, new=new, missing=left_out(results))

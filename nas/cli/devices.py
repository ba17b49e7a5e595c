"""`nas devices`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from nas.cli.console import plain_table, print_json, stdout, tell, tell_path
from nas.cli.shared import JsonOption
from nas.describing.descriptions import DescribedDevice, described_devices
from nas.disk.folders import devices_folder

if TYPE_CHECKING:
    from rich.table import Table


def devices(
    everything: Annotated[
        bool, typer.Option("--all", help="What each device is, with its runtime and precision.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the known devices and where their latencies come from."""
    found = described_devices()
    if as_json:
        print_json([each.to_json() for each in found])
        return
    stdout.print(_described(found) if everything else _named(found))
    for each in found:
        if each.caution:
            tell(f"{each.name}:")
            tell(each.caution, style="yellow")
    tell_path("add one as a TOML file in", devices_folder())


def _named(found: Sequence[DescribedDevice]) -> "Table":
    """Names and where latencies come from."""
    headings = ("device", "also called", "latencies come from")
    table = plain_table(*headings, text=headings, wrapped=headings[1:])
    for each in found:
        what = "published points" if each.origin == "calibrated" else "networks"
        rows = f" ({each.rows} {what})" if each.rows else ""
        table.add_row(each.name, ", ".join(each.aliases), (each.origin or "nothing yet: nas collect") + rows)
    return table


def _described(found: Sequence[DescribedDevice]) -> "Table":
    """What the devices are and how they are measured."""
    headings = ("device", "what it is", "runtime", "precision")
    table = plain_table(*headings, "batch", text=headings, wrapped=headings[1:2])
    for each in found:
        table.add_row(each.name, each.description, each.runtime, each.precision, str(each.batch))
    return table

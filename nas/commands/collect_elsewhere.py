"""`nas collect --bundle`, `--import` and `--host`: measuring on a board that has nothing of ours."""

from pathlib import Path
from typing import TYPE_CHECKING

from nas.commands.console import stderr, stdout, steps
from nas.devices import Device

if TYPE_CHECKING:
    from nas.bundle.runner import MeasuringProtocol
    from nas.plan import Plan
    from search_space import SearchSpace


def bundle_command(
    plan: "Plan", device: Device, space: "SearchSpace", protocol: "MeasuringProtocol", path: Path
) -> None:
    """Write the bundle and say what to do with it."""
    from nas.bundle.write import write_bundle

    with steps("exporting") as step:
        report = write_bundle(
            plan,
            device=device,
            space=space,
            protocol=protocol,
            path=path,
            on_step=step,
        )
    for key, reason in report.failed.items():
        stderr.print(f"note: {key} {reason}", style="yellow")
    stdout.print(
        f"{path}: {report.models} models, {report.bytes / 1e6:.1f} MB. On the board: "
        f"python3 -m zipfile -e {path.name} bundle && cd bundle && python3 runner.py; back here: "
        f"nas collect --device {device.name} --import results.jsonl",
        soft_wrap=True,
    )


def import_command(results: Path, device: Device, folder: Path, bundle: Path | None, *, mixed: bool) -> None:
    """File a results file and print the table."""
    from nas.bundle.read import import_results, left_out
    from nas.commands.collect import print_table

    table, new = import_results(results, device=device, folder=folder, bundle=bundle, mixed=mixed)
    if not new:
        stdout.print(f"{folder}: complete, nothing to add ({len(table.rows)} rows)")
        return
    print_table(table, folder)
    if missing := left_out(results):
        stderr.print(f"note: {missing} of the plan not visited yet; import again when the runner is through")

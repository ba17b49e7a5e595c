"""`nas collect --bundle`, `--import` and `--host`: measuring on a board that has nothing of ours."""

from pathlib import Path
from typing import TYPE_CHECKING

from nas.commands.console import stderr, steps, tell, tell_path
from nas.devices import Device
from nas.errors import UserError

if TYPE_CHECKING:
    from nas.measuring.places.ssh import Remote
    from nas.measuring.plan import Named, Plan
    from nas.measuring.runner import MeasuringProtocol


def bundle_command(
    plan: "Plan",
    device: Device,
    space: "Named",
    protocol: "MeasuringProtocol",
    path: Path,
    *,
    command: str = "collect",
) -> None:
    """Write the bundle and say what to do with it; `command` takes the results in."""
    if device.runtime not in ("onnxruntime", "tensorrt"):
        raise UserError(f"a bundle's runner needs onnxruntime or tensorrt; device {device.name} has {device.runtime}")
    from nas.measuring.places.bundle import write_bundle

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
    tell_path(f"{report.models} models, {report.bytes / 1e6:.1f} MB:", path)
    tell_path("on the board:", f"python3 -m zipfile -e {path.name} bundle && cd bundle && python3 runner.py")
    tell_path("back here:", f"nas {command} --device {device.name} --import results.jsonl")


def measure_elsewhere(
    plan: "Plan",
    device: Device,
    space: "Named",
    protocol: "MeasuringProtocol",
    where: "Remote | str",
    *,
    folder: Path,
    bundle: Path | None,
) -> None:
    """Write the bundle unless it is there, measure it on a board or a Ray cluster, file what comes home."""
    path = bundle or folder / "bundle.zip"
    results = results_from(plan, device, space, protocol, where, folder=folder, path=path)
    import_command(results, device, folder, path, mixed=isinstance(where, str))


def results_from(
    plan: "Plan",
    device: Device,
    space: "Named",
    protocol: "MeasuringProtocol",
    where: "Remote | str",
    *,
    folder: Path,
    path: Path,
    command: str = "collect",
) -> Path:
    """The results file of the bundle at `path`, written unless it is there, from a board or a Ray cluster."""
    from nas.measuring.places.bundle import is_bundle_of
    from nas.measuring.places.on_ray import measure_on_farm
    from nas.measuring.places.ssh import measure_on

    if not is_bundle_of(path, plan, device=device, space=space, protocol=protocol):
        bundle_command(plan, device, space, protocol, path, command=command)
    with steps(f"measuring on {f'Ray ({where})' if isinstance(where, str) else where.host}") as step:
        if isinstance(where, str):
            return measure_on_farm(path, device=device, folder=folder, address=where, on_step=step, on_note=_note)
        return measure_on(where, path, folder, on_step=step, on_note=_note)


def _note(text: str) -> None:
    stderr.print(f"note: {text}", style="yellow")


def import_command(results: Path, device: Device, folder: Path, bundle: Path | None, *, mixed: bool) -> None:
    """File a results file, or another project's table by its ending, and print what came of it."""
    from nas.measuring.imported import READERS, save_imported

    if (reader := READERS.get(results.suffix.lower())) is not None:
        rows, refused = save_imported(results, folder, device=device.name, reader=reader)
        for row in refused:
            stderr.print(f"note: {row.where} refused: {row.reason}", style="yellow")
        tell(f"{folder}: {len(rows)} imported rows, {len(refused)} refused")
        return
    from nas.commands.collect import print_table
    from nas.measuring.places.results import import_results, left_out

    table, new = import_results(results, device=device, folder=folder, bundle=bundle, mixed=mixed)
    if not new:
        tell(f"{folder}: complete, nothing to add ({len(table.rows)} rows)")
        return
    print_table(table, folder)
    if missing := left_out(results):
        stderr.print(f"note: {missing} of the plan not visited yet; import again when the runner is through")

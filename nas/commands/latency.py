"""`nas collect` and `nas fit`."""

from pathlib import Path
from typing import Any

from rich.table import Table

from nas.commands.console import print_json, progress, stderr, stdout
from nas.devices import find_device, fitted_path
from nas.errors import UserError
from nas.units import format_ms


def collect_command(
    *,
    device_name: str,
    space_name: str,
    out: Path,
    networks: int,
    blocks: int,
    rounds: int,
    threads: int,
    seed: int,
) -> None:
    """Measure a table on this machine."""
    from nas.bundle.runner import MeasuringProtocol
    from nas.collect import collect
    from nas.plan import make_plan
    from search_space import named_space

    device, space = find_device(device_name), named_space(space_name)
    if not device.local:
        raise UserError(f"device {device.name} is not this machine; nas collect measures here: --device cpu")
    if networks < 12 or blocks < 0 or rounds < 2 or threads < 1:
        raise UserError("--networks must be at least 12, --blocks 0, --rounds 2 and --threads 1")
    plan = make_plan(space, networks=networks, blocks=blocks, seed=seed)
    protocol = MeasuringProtocol(rounds=rounds, threads=threads, seed=seed)
    counts = {split: sum(item.split == split for item in plan.items) for split in ("fit", "cal", "test", "")}
    stderr.print(
        f"{counts['fit']} networks to fit, {counts['cal']} to calibrate, {counts['test']} held out, "
        f"{counts['']} blocks; {rounds} interleaved rounds in {len(plan.groups)} groups, {threads} thread(s)"
    )
    with progress() as bar:
        task = bar.add_task("exporting and measuring", total=None, note="")
        table, made = collect(
            plan,
            device=device,
            space=space,
            folder=out,
            protocol=protocol,
            on_step=lambda done, total: bar.update(task, completed=done, total=total),
        )
    if not made:
        stdout.print(f"{out}: complete, nothing to add ({len(table.rows)} rows)")
        return
    noisy = sum(row.quality != "ok" for row in table.rows)
    latencies = sorted(row.p50_ms for row in table.networks())
    stdout.print(
        f"{out}: {len(table.rows)} rows, {noisy} noisy; networks from {format_ms(latencies[0])} to "
        f"{format_ms(latencies[-1])}, noise floor {table.noise_floor():.1%}"
    )
    for warning in table.manifest.environment.get("warnings", []):
        stderr.print(f"note: {warning}", style="yellow")


def fit_command(*, device_name: str, table: Path, out: Path | None, as_json: bool) -> None:
    """Fit a predictor to a table, judge it on held-out networks, put it where `nas search` looks."""
    from predictors import LatencyTable, fit_latency

    device = find_device(device_name)
    measured = LatencyTable.load(table)
    if measured.manifest.device != device.name:
        raise UserError(f"{table} was measured on device {measured.manifest.device}, not on {device.name}")
    predictor = fit_latency(measured)
    path = out or fitted_path(device, measured.manifest.space)
    predictor.save(path)
    if as_json:
        print_json({**predictor.report, "device": device.name, "model": predictor.model, "path": str(path)})
        return
    stdout.print(_report(predictor.report, predictor.model))
    stdout.print(f"noise floor {predictor.report['noise_floor']:.2%}: what a perfect predictor would show")
    if predictor.report["coverage"] is None:
        stdout.print("no interval: fewer than 9 calibration networks")
    else:
        stdout.print(f"held-out networks below the 90 % upper end: {predictor.report['coverage']:.0%}")
    stdout.print(f"saved {path}")


def _report(report: dict[str, Any], model: str) -> Table:
    table = Table(title=f"error on {report['n_held_out']} networks not fitted ({report['n_fit']} fitted)")
    for heading in ("model", "mean", "90th percentile", "within 5 %", "within 10 %", "Kendall", "Spearman"):
        table.add_column(heading, justify="left" if heading == "model" else "right")
    baseline = report["baselines"]["macs_affine"]
    for name, found in ((f"{model} (chosen)", report), ("macs_affine (baseline)", baseline)):
        shares = [f"{found[key]:.1%}" for key in ("mape", "p90", "within_5", "within_10")]
        table.add_row(name, *shares, f"{found['kendall']:.3f}", f"{found['spearman']:.3f}")
    return table

"""`nas fit`."""

from pathlib import Path
from typing import Any

from rich.table import Table

from nas.commands.console import print_json, stdout
from nas.devices import find_device, fitted_path
from nas.errors import UserError


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

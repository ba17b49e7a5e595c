"""What `nas fit` says about a predictor: errors on networks that were not fitted, as a table and as a picture."""

from pathlib import Path
from typing import Any

import numpy as np

from nas.axes import log_ms
from nas.commands.console import plain_table, stderr, stdout, tell
from nas.units import format_ms


def write_plot(report: dict[str, Any], device: str, path: Path) -> None:
    """Predicted against measured latencies of the networks that the report is about."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib.figure import Figure

    held = report["held_out"]
    measured, predicted = np.array(held["measured_ms"]), np.array(held["predicted_ms"])
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    ends = np.array([min(measured.min(), predicted.min()), max(measured.max(), predicted.max())])
    axes.fill_between(ends, ends * 0.9, ends * 1.1, alpha=0.15, label="within 10 %", linewidth=0)
    axes.plot(ends, ends, color="grey", linewidth=0.8)
    axes.scatter(measured, predicted, s=14)
    for axis in (axes.xaxis, axes.yaxis):
        log_ms(axis, *ends)
    axes.set(xlabel="measured, ms", ylabel="predicted, ms")
    within = f"{report['within_5']:.0%} within 5 %, {report['within_10']:.0%} within 10 %"
    axes.set_title(f"{device}: {len(measured)} networks, mean error {report['mape']:.1%}\n{within}", fontsize=10)
    axes.legend(loc="upper left")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120, metadata={"Software": None})


def print_report(report: dict[str, Any], model: str) -> None:
    """Errors beside those of the baselines, noise floor, interval, what sums of blocks are worth, warnings."""
    _print_table(report, model)
    floor = report["noise_floor"]
    if floor is not None:
        stdout.print(f"noise floor {floor:.2%}: what a perfect predictor would show")
    if report["coverage"] is None:
        stdout.print("no 90 % interval: it needs 9 networks that were not fitted, and some held out to judge it")
    else:
        stdout.print(f"held-out networks below the 90 % upper end: {report['coverage']:.0%}")
    if sums := report.get("additivity"):
        from predictors.latency.additivity import Additivity

        fields = ("bias", "error", "corrected_error", "whole_error")
        stdout.print(Additivity(**{field: sums[field] for field in fields}).describe())
    if closest := report.get("closest"):
        stdout.print("closest devices: " + ", ".join(f"{key} {value:.3f}" for key, value in closest.items()))
    for warning in report["warnings"]:
        stderr.print(f"warning: {warning}", style="yellow")
    ends = sorted(report["held_out"]["measured_ms"])
    stdout.print(f"judged on networks from {format_ms(ends[0])} to {format_ms(ends[-1])}")


def _print_table(report: dict[str, Any], model: str) -> None:
    judged = f"{report['n_held_out']} networks not fitted" if report["n_held_out"] else "samples left out one by one"
    tell(f"error on {judged} ({report['n_fit']} fitted):")
    headings = ("model", "mean", "90th\npercentile", "within\n5 %", "within\n10 %", "Kendall", "Spearman")
    table = plain_table(*headings, text=headings[:1], wrapped=headings[:1])
    baselines = {f"{name} (baseline)": found for name, found in report["baselines"].items()}
    for name, found in {f"{model} (chosen)": report, **baselines}.items():
        shares = [f"{found[key]:.1%}" for key in ("mape", "p90", "within_5", "within_10")]
        table.add_row(name, *shares, f"{found['kendall']:.3f}", f"{found['spearman']:.3f}")
    stdout.print(table)

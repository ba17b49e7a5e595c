"""What `nas fit` says about a predictor: errors on networks that were not fitted, as a table and as a picture."""

from pathlib import Path

import numpy as np

from nas.axes import log_ms
from nas.cli.console import plain_table, stderr, stdout, tell
from nas.disk.files import write_atomically
from nas.units import format_ms
from predictors.latency.fit_report import FitReport


def write_plot(report: FitReport, device: str, path: Path) -> None:
    """Predicted against measured latencies of the networks that the report is about."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib.figure import Figure

    measured, predicted = np.array(report.held_out.measured_ms), np.array(report.held_out.predicted_ms)
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    ends = np.array([min(measured.min(), predicted.min()), max(measured.max(), predicted.max())])
    axes.fill_between(ends, ends * 0.9, ends * 1.1, alpha=0.15, label="within 10 %", linewidth=0)
    axes.plot(ends, ends, color="grey", linewidth=0.8)
    axes.scatter(measured, predicted, s=14)
    for axis in (axes.xaxis, axes.yaxis):
        log_ms(axis, *ends)
    axes.set(xlabel="measured, ms", ylabel="predicted, ms")
    within = f"{report.errors.within_5:.0%} within 5 %, {report.errors.within_10:.0%} within 10 %"
    axes.set_title(f"{device}: {len(measured)} networks, mean error {report.errors.mape:.1%}\n{within}", fontsize=10)
    axes.legend(loc="upper left")
    write_atomically(path, lambda temporary: figure.savefig(temporary, dpi=120, metadata={"Software": None}))


def print_report(report: FitReport, model: str) -> None:
    """Errors beside those of the baselines, noise floor, interval, what sums of blocks are worth, warnings."""
    _print_table(report, model)
    if report.noise_floor is not None:
        stdout.print(f"noise floor {report.noise_floor:.2%}: what a perfect predictor would show")
    if report.coverage is None:
        stdout.print("no 90 % interval: it needs 9 networks that were not fitted, and some held out to judge it")
    else:
        stdout.print(f"held-out networks below the 90 % upper end: {report.coverage:.0%}")
    if report.choice and (sums := report.choice.additivity):
        from predictors.latency.additivity import Additivity

        fields = ("bias", "error", "corrected_error", "whole_error")
        stdout.print(Additivity(**{name: getattr(sums, name) for name in fields}).describe())
    if report.closest:
        stdout.print("closest devices: " + ", ".join(f"{key} {value:.3f}" for key, value in report.closest.items()))
    for warning in report.warnings:
        stderr.print(f"warning: {warning}", style="yellow")
    ends = sorted(report.held_out.measured_ms)
    stdout.print(f"judged on networks from {format_ms(ends[0])} to {format_ms(ends[-1])}")


def _print_table(report: FitReport, model: str) -> None:
    judged = f"{report.n_held_out} networks not fitted" if report.n_held_out else "samples left out one by one"
    tell(f"error on {judged} ({report.n_fit} fitted):")
    headings = ("model", "mean", "90th\npercentile", "within\n5 %", "within\n10 %", "Kendall", "Spearman")
    table = plain_table(*headings, text=headings[:1], wrapped=headings[:1])
    baselines = {f"{name} (baseline)": errors for name, errors in report.baselines.items()}
    for name, errors in {f"{model} (chosen)": report.errors, **baselines}.items():
        shares = [f"{share:.1%}" for share in (errors.mape, errors.p90, errors.within_5, errors.within_10)]
        table.add_row(name, *shares, f"{errors.kendall:.3f}", f"{errors.spearman:.3f}")
    stdout.print(table)

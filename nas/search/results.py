"""What a search leaves behind: `front.csv`, `published.csv`, `front.json`, `front.png`, `archs/*.json`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from nas.disk.files import write_atomically, write_text
from nas.runs import KNOWN_ORIGINS, NetworkRow, Run, score_of, write
from nas.runs.network import COLUMNS
from nas.search.front import pareto_mask
from nas.search.goals import Goals, violations
from nas.search.judge import Candidate
from nas.search.networks import network_attention, network_size
from nas.search.points import objectives_of
from search_space import ArchConfig

DECADES = 1.2  # of latency below the budget that the picture shows
KINDS = {  # colour, marker and words of what is on a front
    "found": ("tab:blue", "o", "found"),
    "published": ("tab:green", "s", "published"),
    "rival": ("tab:purple", "s", "other libraries"),
}
ORIGINS = {  # what a predicted latency rests on, in words
    "measured": "predicted from measured networks",
    "calibrated": "calibrated on published figures",
    "transferred": "rescaled from another device",
    "analytic": "analytic estimate",
}


def front_of(candidates: Sequence[Candidate], goals: Goals) -> list[Candidate]:
    """Candidates that keep every budget and limit and that no other dominates, fastest first."""
    if not candidates:
        return []
    latency_ms = np.array([candidate.latencies_ms for candidate in candidates])
    excess = violations(goals.excess_of([candidate.network for candidate in candidates], latency_ms))
    within = [candidate for candidate, over in zip(candidates, excess, strict=True) if over <= 0]
    if not within:
        return []
    mask = pareto_mask(objectives_of(within, goals))
    front = [candidate for candidate, kept in zip(within, mask, strict=True) if kept]
    return sorted(front, key=lambda candidate: candidate.latency_high_ms)


def row(
    candidate: Candidate,
    *,
    is_published: bool,
    measured: Candidate | None = None,
    further: Sequence[str] = (),
    costs: Mapping[str, float | None] = MappingProxyType({}),
) -> NetworkRow:
    """The candidate as a run keeps it, in the digits that it keeps; `further` names the targets beyond the first,
    `costs` are those that the search was asked for, by column; a cost that has a column anyway gets no second one.

    `measured` is the same network with the latencies that were measured after `candidate` was predicted.
    """
    network, accuracy, download = candidate.network, candidate.accuracy, candidate.download
    parameters, macs = network_size(network)
    return NetworkRow(
        arch_id=network.arch_id,
        name=candidate.name,
        accuracy=round(accuracy.value, 3),
        accuracy_low=round(accuracy.low, 3),
        accuracy_high=round(accuracy.high, 3),
        accuracy_origin=accuracy.origin,
        accuracy_extrapolated=accuracy.extrapolated,
        latency_p50_ms=round(candidate.latency_p50_ms, 5),
        latency_low_ms=round(candidate.latency_low_ms, 5),
        latency_high_ms=round(candidate.latency_high_ms, 5),
        latency_origin=candidate.latency_origin,
        latency_extrapolated=candidate.latency_extrapolated,
        latency_measured_ms=round(measured.latency_p50_ms, 5) if measured else None,
        latency_measured_low_ms=round(measured.latency_low_ms, 5) if measured else None,
        latency_measured_high_ms=round(measured.latency_high_ms, 5) if measured else None,
        parameters=parameters,
        macs=macs,
        resolution="x".join(map(str, network.resolution)),
        attention_types=network_attention(network),
        published=is_published,
        metric=accuracy.metric,
        kind="rival" if candidate.is_rival else "published" if is_published else "found",
        source=download.source if download else "",
        weights=download.weights if download else "",
        remark=download.remark if download else "",
        further_high_ms={
            device: round(high_ms, 5) for device, high_ms in zip(further, candidate.latencies_ms[1:], strict=True)
        },
        costs={column: cost for column, cost in costs.items() if column not in COLUMNS},
        arch=network if isinstance(network, ArchConfig) else None,
    )


def write_results(run: Run) -> None:
    """Write the tables and the picture; each file appears whole."""
    write(run)
    write_atomically(run.folder / "front.png", lambda path: _plot(path, run))


def write_archs(folder: Path, candidates: Sequence[Candidate]) -> None:
    """One JSON file per architecture, for `nas show`, `nas export` and `nas evaluate`."""
    for candidate in candidates:
        if isinstance(candidate.network, ArchConfig):
            write_text(folder / "archs" / f"{candidate.arch.arch_id}.json", candidate.arch.to_json() + "\n")


def _plot(path: Path, run: Run) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    front, settings, budget_ms = run.front, run.settings, run.budget_ms or 0.0
    names = {item.arch_id for item in front}
    beside = [item for item in run.published if item.arch_id not in names]
    _draw(axes, beside, "tab:gray", "s", "known, not on the front")
    for kind, (colour, marker, label) in KINDS.items():
        _draw(axes, [item for item in front if item.kind == kind], colour, marker, label)
    _draw_staircase(axes, front)
    _name_known(axes, [*front, *beside])
    measured = [item for item in front if item.latency_measured_ms is not None and item.kind == "found"]
    if measured:
        x, y = [item.latency_measured_ms for item in measured], [item.accuracy for item in measured]
        axes.plot(x, y, "x", color="tab:orange", label="latency measured")
    axes.axvline(budget_ms, color="tab:red", linestyle="--", linewidth=1, label="budget")
    _zoom(axes, front, beside, budget_ms)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(mpl.ticker.FormatStrFormatter("%g"))
    axes.xaxis.set_minor_locator(mpl.ticker.LogLocator(subs=(2, 5)))
    axes.xaxis.set_minor_formatter(mpl.ticker.FormatStrFormatter("%g"))
    axes.set_xlabel(f"latency on {settings.device}, ms ({ORIGINS[run.latency_origin]}, batch 1)")
    axes.set_ylabel(f"{score_of(front)}, %")
    axes.set_title(f"{settings.space} on {settings.device}: {len(front)} Pareto-optimal networks")
    axes.grid(visible=True, alpha=0.3)
    axes.legend(loc="lower right", fontsize=8)
    figure.savefig(path, dpi=130, metadata={"Software": None})
    plt.close(figure)


def _draw(axes: Any, rows: Sequence[NetworkRow], colour: str, marker: str, label: str) -> None:
    """Points with their intervals; open where the accuracy is an expectation."""
    from matplotlib.colors import to_rgba

    if not rows:
        return
    p50, low, high = (_column(rows, f"latency_{end}_ms") for end in ("p50", "low", "high"))
    mean, least, most = (_column(rows, f"accuracy{end}") for end in ("", "_low", "_high"))
    known = rows[0].accuracy_origin in KNOWN_ORIGINS
    axes.errorbar(
        p50,
        mean,
        xerr=[p50 - low, high - p50],
        yerr=[mean - least, most - mean] if (most > least).any() else None,
        fmt=marker,
        color=colour,
        ecolor=to_rgba(colour, 0.3),
        elinewidth=0.7,
        markersize=5,
        markerfacecolor=colour if known else "white",
        label=label if rows[0].accuracy_origin == "published" else f"{label} ({rows[0].accuracy_origin})",
    )


def _column(rows: Sequence[NetworkRow], name: str) -> np.ndarray:
    return np.array([getattr(row, name) for row in rows], dtype=float)


def _draw_staircase(axes: Any, front: Sequence[NetworkRow]) -> None:
    """What can be counted on: known accuracies and the lower ends of expected ones."""
    ordered = sorted(front, key=lambda item: item.latency_p50_ms)
    counted = np.array([item.judged for item in ordered], dtype=float)
    axes.step(
        [item.latency_p50_ms for item in ordered],
        np.maximum.accumulate(counted),
        where="post",
        color="tab:gray",
        linewidth=0.8,
        linestyle=":",
        zorder=0,
        label="can be counted on",
    )


def _name_known(axes: Any, rows: Sequence[NetworkRow]) -> None:
    for item in rows:
        if item.kind != "found":
            name = item.name.partition(".")[0].removeprefix("mit-").removeprefix("msra-")
            axes.annotate(
                name,
                (item.latency_p50_ms, item.accuracy),
                textcoords="offset points",
                xytext=(5, -10),
                fontsize=7,
                color="dimgray",
                clip_on=True,
            )


def _zoom(axes: Any, front: Sequence[NetworkRow], beside: Sequence[NetworkRow], budget_ms: float) -> None:
    """Show what is near the budget: the fastest corners of a space would squeeze everything else into a line."""
    left, right = budget_ms / 10**DECADES, 1.3 * budget_ms
    near = [item for item in front if left <= item.latency_p50_ms]
    if not near:
        return
    shown = [*near, *(item for item in beside if left <= item.latency_p50_ms <= right)]
    slowest = _column(near, "latency_high_ms").max()
    fastest = min(item.latency_p50_ms for item in shown)
    axes.set_xlim(0.8 * fastest, max(right, 1.05 * slowest))
    top, bottom = _column(near, "accuracy_high").max(), _column(near, "accuracy").min()
    margin = 0.06 * max(1.0, top - bottom)
    axes.set_ylim(bottom - margin, top + margin)
    if hidden := len(front) - len(near):
        axes.text(0.01, 0.01, f"{hidden} of the front are faster", transform=axes.transAxes, fontsize=8, va="bottom")

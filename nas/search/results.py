"""What a search leaves behind: `front.csv`, `published.csv`, `front.json`, `front.png`, `archs/*.json`."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nas.files import write_atomically, write_text
from nas.search.front import pareto_mask
from nas.search.goals import Goals, violations
from nas.search.judge import Candidate
from nas.search.networks import memory_mb, network_attention, network_size
from nas.search.objectives import objectives_of
from search_space import ArchConfig

METRIC = "top-1"
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
    with_memory: bool = False,
) -> dict[str, Any]:
    """One line of `front.csv`; names and units are a contract. `further` names the devices beyond the first.

    `measured` is the same network with the latencies that were measured after `candidate` was predicted.
    """
    network, accuracy, download = candidate.network, candidate.accuracy, candidate.download
    parameters, macs = network_size(network)
    ends = (measured.latency_p50_ms, measured.latency_low_ms, measured.latency_high_ms) if measured else (None,) * 3
    return {
        "arch_id": network.arch_id,
        "name": candidate.name,
        "accuracy": round(accuracy.value, 3),
        "accuracy_low": round(accuracy.low, 3),
        "accuracy_high": round(accuracy.high, 3),
        "accuracy_origin": accuracy.origin,
        "latency_p50_ms": round(candidate.latency_p50_ms, 5),
        "latency_low_ms": round(candidate.latency_low_ms, 5),
        "latency_high_ms": round(candidate.latency_high_ms, 5),
        "latency_origin": candidate.latency_origin,
        "latency_extrapolated": candidate.latency_extrapolated,
        **{
            f"latency_measured{end}_ms": None if ms is None else round(ms, 5)
            for end, ms in zip(("", "_low", "_high"), ends, strict=True)
        },
        "parameters": parameters,
        "macs": macs,
        "resolution": "x".join(map(str, network.resolution)),
        "attention_types": network_attention(network),
        "published": is_published,
        "metric": METRIC,
        "kind": "rival" if candidate.is_rival else "published" if is_published else "found",
        "source": download.source if download else "",
        "weights": download.weights if download else "",
        "remark": download.remark if download else "",
        **{
            f"latency_high_ms:{device}": round(high_ms, 5)
            for device, high_ms in zip(further, candidate.further_high_ms, strict=True)
        },
        **({"memory_mb": round(memory_mb(network), 3)} if with_memory else {}),
    }


def write_results(
    folder: Path, front: list[dict[str, Any]], published: list[dict[str, Any]], summary: dict[str, Any]
) -> None:
    """Write the tables and the picture; each file appears whole."""
    import pandas as pd

    for name, rows in (("front", front), ("published", published)):
        frame = pd.DataFrame(rows)
        write_text(folder / f"{name}.csv", frame.to_csv(index=False, lineterminator="\n"))
    payload = {**summary, "front": front, "published": published}
    write_text(folder / "front.json", json.dumps(payload, indent=2, sort_keys=True) + "\n")
    write_atomically(folder / "front.png", lambda path: _plot(path, front, published, summary))


def write_archs(folder: Path, candidates: Sequence[Candidate]) -> None:
    """One JSON file per architecture, for `nas show`, `nas export` and `nas evaluate`."""
    for candidate in candidates:
        if isinstance(candidate.network, ArchConfig):
            write_text(folder / "archs" / f"{candidate.arch.arch_id}.json", candidate.arch.to_json() + "\n")


def _plot(path: Path, front: list[dict[str, Any]], published: list[dict[str, Any]], summary: dict[str, Any]) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    for rows, colour, marker, label in (
        (published, "tab:gray", "s", "published models, same judge"),
        (front, "tab:blue", "o", "front"),
    ):
        if not rows:
            continue
        p50, low, high = (np.array([item[f"latency_{end}_ms"] for item in rows]) for end in ("p50", "low", "high"))
        mean, least, most = (np.array([item[key] for item in rows]) for key in _ACCURACIES)
        axes.errorbar(
            p50,
            mean,
            xerr=[p50 - low, high - p50],
            yerr=[mean - least, most - mean],
            fmt=marker,
            color=colour,
            ecolor=mpl.colors.to_rgba(colour, 0.35),
            elinewidth=0.7,
            markersize=5,
            markerfacecolor=colour if rows[0]["accuracy_origin"] == "measured" else "white",  # open: not measured
            label=label,
        )
    for item in published:
        axes.annotate(
            item["name"].removeprefix("mit-").removeprefix("msra-"),
            (item["latency_p50_ms"], item["accuracy"]),
            textcoords="offset points",
            xytext=(5, -11),
            fontsize=8,
            color="dimgray",
        )
    measured = [item for item in front if item["latency_measured_ms"] is not None]
    if measured:
        axes.plot(
            [item["latency_measured_ms"] for item in measured],
            [item["accuracy"] for item in measured],
            "x",
            color="tab:orange",
            label="front, latency measured",
        )
    if published:  # the fastest corners of a space would squeeze everything else into a line
        bottom = min(item["accuracy_low"] for item in published) - 3
        hidden = sum(item["accuracy"] < bottom for item in front)
        axes.set_ylim(bottom=bottom)
        if hidden:
            axes.text(0.01, 0.01, f"{hidden} of the front below", transform=axes.transAxes, fontsize=8, va="bottom")
    axes.axvline(summary["budget_ms"], color="tab:red", linestyle="--", linewidth=1, label="budget")
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(mpl.ticker.FormatStrFormatter("%g"))
    shortest = min([item["latency_p50_ms"] for item in front + published], default=1.0)
    if summary["budget_ms"] < 300 * shortest:  # too few decades for labels at powers of ten alone
        axes.xaxis.set_minor_locator(mpl.ticker.LogLocator(subs=(2, 5)))
        axes.xaxis.set_minor_formatter(mpl.ticker.FormatStrFormatter("%g"))
    else:
        axes.xaxis.set_minor_formatter(mpl.ticker.NullFormatter())
    axes.set_xlabel(f"latency on {summary['device']}, ms ({ORIGINS[summary['latency_origin']]}, batch 1)")
    axes.set_ylabel(f"top-1 accuracy, % ({summary['accuracy_origin']})")
    axes.set_title(f"{summary['space']} on {summary['device']}: {len(front)} Pareto-optimal networks")
    axes.grid(visible=True, alpha=0.3)
    axes.legend(loc="upper left" if published else "lower right", fontsize=8)
    figure.savefig(path, dpi=130, metadata={"Software": None})
    plt.close(figure)


_ACCURACIES = ("accuracy", "accuracy_low", "accuracy_high")

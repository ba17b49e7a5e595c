"""Draw the rivals measured on a device, and name the best of ours and of the zoo within four budgets.

    nas rivals --device cpu
    python scripts/compare_rivals.py --device cpu

Takes seconds: reads the table that `nas rivals` left in results/rivals/<device> (or --table DIR) and writes
results/rivals-<device>.csv, results/rivals-<device>-budgets.csv and results/figures/rivals-<device>.png. Accuracies
are published, latencies measured; a network is within a budget if the upper end of its interval is.
"""

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import pandas as pd

from nas.rivals.front import front_of
from nas.rivals.table import CONFIDENCE, Line, lines_of, load_table

RESULTS = Path(__file__).parents[1] / "results"
BUDGETS_MS = (2.0, 4.0, 8.0, 16.0)
NAMED_FAMILIES = 9  # of timm, in colours of their own; the rest is grey
LABELS = 16  # members of the front, at most
ROOM = 3.0  # left of the fastest network, for its name


def main() -> None:
    """Read, write three files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", required=True)
    parser.add_argument("--table", type=Path, help="folder of the measured table; default results/rivals/<device>")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the three files go")
    options = parser.parse_args()
    folder = options.table or RESULTS / "rivals" / options.device
    table = load_table(folder)
    lines = lines_of(table)
    (options.out / "figures").mkdir(parents=True, exist_ok=True)
    shutil.copy(folder / "rivals.csv", options.out / f"rivals-{options.device}.csv")
    budgets = pd.DataFrame([row for budget_ms in BUDGETS_MS for row in best_within(lines, budget_ms)])
    budgets.to_csv(options.out / f"rivals-{options.device}-budgets.csv", index=False)
    print(budgets.to_string(index=False))
    manifest = table.manifest
    where = f"{manifest.device}: {manifest.environment.get('cpu_model', '')}, {manifest.runtime} "
    where += f"{manifest.runtime_version}, {manifest.precision}, batch {manifest.batch}, {manifest.threads} thread(s)"
    draw(lines, where, options.out / "figures" / f"rivals-{options.device}.png")


def best_within(lines: Sequence[Line], budget_ms: float) -> list[dict[str, object]]:
    """The most accurate of ours and of the zoo whose latency surely keeps a budget, a row each."""
    rows = []
    for ours in (True, False):
        fitting = [line for line in lines if line.ours == ours and line.high_ms <= budget_ms]
        if not fitting:
            continue
        best = max(fitting, key=lambda line: (line.top1, -line.p50_ms))
        rows.append(
            {
                "budget_ms": budget_ms,
                "whose": "ours" if ours else "timm",
                "network": best.name,
                "side": best.height,
                "top1_published": best.top1,
                "p50_ms_measured": round(best.p50_ms, 3),
                "low_ms": round(best.low_ms, 3),
                "high_ms": round(best.high_ms, 3),
                "confidence": CONFIDENCE,
                "parameters": best.parameters,
                "distilled": "" if best.distilled is None else best.distilled,
            }
        )
    return rows


def draw(lines: Sequence[Line], where: str, path: Path) -> None:
    """Published top-1 over measured latency, ours against the zoo by family, with the front of them all."""
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(11, 6.5), layout="constrained")
    zoo = [line for line in lines if not line.ours]
    front = front_of(lines)
    counts = pd.Series([line.family for line in zoo], dtype=object).value_counts()
    first = list(dict.fromkeys(line.family for line in front if not line.ours))
    named = [*first, *(name for name in counts.index if name not in first)][:NAMED_FAMILIES]
    groups = [(name, [line for line in zoo if line.family == name]) for name in named]
    groups.append(("others of timm", [line for line in zoo if line.family not in named]))
    colours = [*plt.get_cmap("tab10").colors[:7], *plt.get_cmap("tab10").colors[8:], plt.get_cmap("Set2").colors[5]]
    for (name, members), colour in zip(groups, [*colours[: len(named)], "0.75"], strict=True):
        scatter(axes, members, name, colour, "o", 28)
    ours = [line for line in lines if line.ours]
    for family, marker in (("efficientvit-mit", "D"), ("efficientvit-msra", "^")):
        scatter(axes, [line for line in ours if line.family == family], f"ours: {family}", "black", marker, 42)
    axes.plot([line.p50_ms for line in front], [line.top1 for line in front], color="black", lw=1, ls=":", zorder=1)
    label(axes, front[:: max(1, -(-len(front) // LABELS))])
    axes.set_xscale("log")
    axes.set_xlim(left=min(line.low_ms for line in lines) / ROOM)
    axes.xaxis.set_major_formatter(mpl.ticker.FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_xlabel("latency in ms: measured median")
    axes.set_ylabel("ImageNet top-1 in %: published")
    axes.set_title(f"latency measured, accuracy published; dotted: the front of all\n{where}", fontsize=10)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8, loc="lower right")
    figure.savefig(path, dpi=130, metadata={"Software": None})
    plt.close(figure)


def scatter(
    axes: "mpl.axes.Axes", lines: Sequence[Line], name: str, colour: object, marker: str, size: float
) -> None:
    """The members of a family, with the intervals of their latencies."""
    if not lines:
        return
    x, y = [line.p50_ms for line in lines], [line.top1 for line in lines]
    ends = [[line.p50_ms - line.low_ms for line in lines], [line.high_ms - line.p50_ms for line in lines]]
    axes.errorbar(x, y, xerr=ends, fmt="none", ecolor=colour, alpha=0.4, zorder=2)
    axes.scatter(x, y, s=size, color=colour, marker=marker, label=name, edgecolors="white", linewidths=0.4, zorder=3)


def label(axes: "mpl.axes.Axes", lines: Sequence[Line]) -> None:
    """Names beside the points, above the front, where a log axis leaves room."""
    for line in lines:
        text = line.name if line.ours else f"{line.name.partition('.')[0]}@{line.height}"
        axes.annotate(
            text,
            (line.p50_ms, line.top1),
            xytext=(-4, 5),
            textcoords="offset points",
            ha="right",
            fontsize=7,
            fontweight="bold" if line.ours else "normal",
        )


if __name__ == "__main__":
    main()

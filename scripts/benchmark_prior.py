"""The accuracy prior on results that it did not see: of a model, and of a whole family, left out of everything.

    python scripts/benchmark_prior.py

Regression, ceiling and calibration of the intervals are those of the rest (`predictors.accuracy.left_out`), so that
errors and coverage are of what a search uses. Writes `results/benchmarks/accuracy-prior.csv` by family and by
accuracy, the picture `results/figures/prior-accuracy.png`, and beside the data of the package what
`AccuracyPrior.describe` tells, with a digest of data and settings. Takes a minute or two.
"""

import argparse
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
from read_packs import RESULTS, write_rows

from predictors import AccuracyPrior
from predictors.accuracy.evidence import MIT, MSRA, Results, other_results
from predictors.accuracy.fit import Fit
from predictors.accuracy.prior import ERRORS, digest, left_out

DATA = Path(__file__).parents[1] / "predictors" / "data"
FIGURE = RESULTS.parent / "figures" / "prior-accuracy.png"
EDGES = (0, 60, 70, 76, 80, 83, 100)
Found = tuple[np.ndarray, np.ndarray, np.ndarray]  # mean, lower and upper end
LABELS = {"model": "model left out", "family": "family left out", "held out": "held out from the start"}


def by_group(results: Results, groups: np.ndarray) -> Found:
    """Every result predicted without its group."""
    found = np.empty((3, len(results)))
    for group in np.unique(groups):
        found[:, groups == group] = left_out(results, groups == group)
    return found[0], found[1], found[2]


def scores(results: Results, found: Found, groups: np.ndarray) -> dict[str, object]:
    """Errors and coverage in percentage points."""
    mean, low, high = found
    error = results.top1 - mean
    return {
        "results": len(results),
        "groups": len(np.unique(groups)),
        "mean_error": round(float(np.abs(error).mean()), 3),
        "bias": round(float(error.mean()), 3),
        "largest_error": round(float(np.abs(error).max()), 3),
        "coverage": round(float(((low <= results.top1) & (results.top1 <= high)).mean()), 4),
        "mean_half_width": round(float((high - low).mean() / 2), 3),
    }


def parts(results: Results) -> Iterator[tuple[str, np.ndarray]]:
    """All results, those of EfficientViT, each family, each range of accuracy."""
    yield "all", np.ones(len(results), dtype=bool)
    yield "efficientvit", np.isin(results.families, (MIT, MSRA))
    for family in np.unique(results.families):
        yield str(family), results.families == family
    for low, high in pairwise(EDGES):
        yield f"top-1 {low} to {high}", (results.top1 >= low) & (results.top1 < high)


def table(kind: str, results: Results, found: Found) -> list[dict[str, object]]:
    """Scores of each part."""
    groups = results.models if kind != "family" else results.families
    rows: list[dict[str, object]] = []
    for name, here in parts(results):
        if here.any():
            picked = (found[0][here], found[1][here], found[2][here])
            rows.append({"left_out": LABELS[kind], "of": name} | scores(results.where(here), picked, groups[here]))
    return rows


def lines(kind: str, results: Results, found: Found) -> list[list[object]]:
    """One line for each result."""
    return [
        [kind, str(results.models[i]), str(results.weights[i]), int(results.sides[i]), float(results.top1[i])]
        + [round(float(each[i]), 3) for each in found]
        for i in range(len(results))
    ]


def draw(judged: dict[str, tuple[Results, Found]]) -> None:
    """Published against expected accuracy with intervals, one panel for each way of leaving out."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, len(judged), figsize=(15, 5.2), sharex=True, sharey=True, layout="constrained")
    for axis, (kind, (results, (mean, low, high))) in zip(axes, judged.items(), strict=True):
        families = {"both EfficientViT families": ("tab:red", np.isin(results.families, (MIT, MSRA)))}
        families["other families"] = ("tab:blue", ~families["both EfficientViT families"][1])
        axis.plot([38, 90], [38, 90], color="0.6", linewidth=1)
        for label, (colour, here) in reversed(families.items()):
            if here.any():
                spread = np.abs(np.stack([low, high])[:, here] - mean[here])
                style = {"color": colour, "alpha": 0.7, "markersize": 3, "elinewidth": 0.5, "fmt": "o"}
                axis.errorbar(results.top1[here], mean[here], yerr=spread, label=label, **style)
        found = scores(results, (mean, low, high), results.models)
        axis.set_title(
            f"{LABELS[kind]}: {found['results']} results,\nmean error {found['mean_error']:.2f} points, "
            f"{found['coverage']:.0%} within the 90 % interval"
        )
        axis.set_xlabel("published ImageNet top-1 (%)")
        axis.legend(loc="upper left")
    axes[0].set_ylabel("expected by the prior (%)")
    figure.savefig(FIGURE, dpi=110)
    plt.close(figure)
    print(f"wrote {FIGURE}", flush=True)


def main() -> None:
    """Leave out, score, write and draw."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESULTS / "accuracy-prior.csv")
    options = parser.parse_args()
    results, (_, held) = AccuracyPrior.fit().results, other_results()
    judged = {
        "model": (results, by_group(results, results.models)),
        "family": (results, by_group(results, results.families)),
        "held out": (held, Fit.of(results).expected(held)),
    }
    rows = [row for kind, (of, found) in judged.items() for row in table(kind, of, found)]
    write_rows(options.out, rows)
    summary = {}
    for kind, (of, found) in judged.items():
        summary[kind] = scores(of, found, of.families if kind == "family" else of.models)
        print(kind, summary[kind], flush=True)
    each = ",\n".join(json.dumps(line) for kind, (of, found) in judged.items() for line in lines(kind, of, found))
    text = f'{{"digest": "{digest()}",\n"summary": {json.dumps(summary)},\n"results": [\n{each}\n]}}\n'
    (DATA / ERRORS).write_text(text, encoding="utf-8")
    draw(judged)


if __name__ == "__main__":
    main()

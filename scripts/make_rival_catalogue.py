"""Write what timm publishes of its ImageNet classifiers to nas/rivals/data/timm.csv.

    python scripts/make_rival_catalogue.py --results pytorch-image-models/results

Takes a second. Joins three files of that folder of huggingface/pytorch-image-models (Apache-2.0): accuracies at every
size evaluated, multiply-adds of timm's inference benchmark, its time per image on a CPU where there is one.
"""

import argparse
import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

OUT = Path(__file__).parents[1] / "nas" / "rivals" / "data" / "timm.csv"
COLUMNS = ("model", "side", "top1", "parameters_m", "gmacs", "cpu_ms", "pretraining", "distilled")
MOST_PARAMETERS_M = 130.0  # what is larger is nobody's rival on an edge device
# Parts of tags that tell of images, labels or teachers beyond ImageNet-1k. `ssld` mines ImageNet-22k (model cards of
# hgnetv2 at huggingface.co/timm); beit v2 learns from a tokeniser distilled from CLIP (arXiv 2208.06366).
BEYOND = re.compile(
    r"in12k|in21k|in22k|laion|ig1b|wsl|yfcc|jft|webli|clip|openai|swag|seer|m38m|m30m|mim_|ssld|^(?:beit)"
)
DISTILLED = re.compile(r"dist|ssld|usi_")  # USI distils (arXiv 2204.03475)


def main() -> None:
    """Join and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, required=True)
    folder = parser.parse_args().results
    gmacs = dict(benchmark(folder, "*-amp-nchw-*-4090.csv", "infer_gmacs"))
    cpu_ms = dict(benchmark(folder, "*-fp32-nchw-*-cpu-i7_12700h-dynamo.csv", "infer_step_time"))
    taught = {row["model"]: row["pretrain"] for row in records(folder / "model_metadata-in1k.csv")}
    rows = [
        row
        for record in records(folder / "results-imagenet.csv")
        if float(record["param_count"].replace(",", "")) <= MOST_PARAMETERS_M
        for row in [joined(record, gmacs, cpu_ms, taught)]
    ]
    with OUT.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(rows, key=lambda row: (row["model"], row["side"])))
    print(f"{OUT}: {len(rows)} rows")


def joined(
    record: Mapping[str, str],
    gmacs: Mapping[str, Mapping[int, float]],
    cpu_ms: Mapping[str, Mapping[int, float]],
    taught: Mapping[str, str],
) -> dict[str, object]:
    """One row; multiply-adds at a size that was not benchmarked are scaled by the area."""
    name, side = record["model"], int(record["img_size"])
    architecture, _, tag = name.partition(".")
    known = gmacs[architecture]
    nearest = min(known, key=lambda other: abs(other - side))
    beyond = BEYOND.search(tag) or BEYOND.search(architecture)
    return {
        "model": name,
        "side": side,
        "top1": record["top1"],
        "parameters_m": record["param_count"],
        "gmacs": round(known[nearest] * (side / nearest) ** 2, 3),
        "cpu_ms": cpu_ms.get(architecture, {}).get(side, ""),
        "pretraining": f"beyond in1k ({beyond[0].strip('_')})" if beyond else "in1k",
        "distilled": int(bool(DISTILLED.search(tag)) or taught.get(architecture) == "in1k-dist"),
    }


def benchmark(folder: Path, pattern: str, column: str) -> Iterator[tuple[str, dict[int, float]]]:
    """Values of a column by model and image side."""
    (path,) = folder.glob(pattern)
    found: dict[str, dict[int, float]] = {}
    for row in records(path):
        if row[column]:
            found.setdefault(row["model"], {})[int(row["infer_img_size"])] = float(row[column])
    yield from found.items()


def records(path: Path) -> Iterator[dict[str, str]]:
    """The lines of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


if __name__ == "__main__":
    main()

"""Search for every device at ten budgets and check what was promised of each answer and each front.

    python scripts/check_answers.py
    python scripts/check_answers.py --device jetson-agx-orin --trials 2000

Writes results/answers.csv, a line for each search: the answer, how many members of the front a published network
within the budget beats (as accurate and faster, or more accurate and as fast; 0 is promised), and how far the answer
lies above the best of the simple methods under its own judge (never below 0 is promised). Devices without a latency
predictor are left out. Lines that are there are kept, so that a run goes on where it was stopped. About a quarter of
an hour.
"""

import argparse
import csv
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nas.devices import devices
from nas.disk.files import write_text
from nas.errors import UserError
from nas.search.api import find
from nas.search.config import SearchConfig
from nas.search.judge import Candidate
from nas.search.outcome import SearchResult
from nas.search.setup import prepared_targets, spaces_of
from nas.search.targets import Target

RESULTS = Path(__file__).parents[1] / "results"
BUDGETS = 10
COLUMNS = (
    "device",
    "budget_ms",
    "answer",
    "accuracy",
    "accuracy_low",
    "accuracy_origin",
    "latency_p50_ms",
    "latency_high_ms",
    "latency_origin",
    "front",
    "beaten_by_published",
    "above_simple_methods",
)


def main() -> None:
    """Search what is not in the table yet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", action="append", help="default: all that have a predictor")
    parser.add_argument("--trials", type=int, default=200, help="in each space")
    parser.add_argument("--out", type=Path, default=RESULTS / "answers.csv")
    options = parser.parse_args()
    rows = _kept(options.out)
    for device in options.device or list(devices()):
        for budget_ms in _budgets(device):
            if any((row["device"], float(row["budget_ms"])) == (device, budget_ms) for row in rows):
                continue
            with tempfile.TemporaryDirectory() as folder:
                target = Target(device=device, budget_ms=budget_ms)
                config = SearchConfig(targets=(target,), trials=options.trials, measure=False, out=folder)
                found = find(config).result
            rows.append(_row(device, budget_ms, found))
            lines = [",".join(COLUMNS), *(",".join(str(row[name]) for name in COLUMNS) for row in rows)]
            write_text(options.out, "\n".join([*lines, ""]))
            print(*rows[-1].values(), flush=True)


def _kept(path: Path) -> list[dict[str, object]]:
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [dict(row) for row in csv.DictReader(file)]


def _budgets(device: str) -> list[float]:
    """From just above the fastest network to beyond the slowest published one, in equal ratios."""
    from nas.search.feasibility import latencies
    from predictors import published_networks

    try:
        spaces = spaces_of(None)
        [target] = prepared_targets([Target(device=device, budget_ms=1.0)], spaces)
    except UserError as error:
        print(f"{device}: {error}")
        return []
    least = latencies(*spaces, latency=target.latency, confidence=0.9).smallest_ms
    most = target.latency.predict([each.arch for each in published_networks()], confidence=0.9).high_ms.max()
    return [float(f"{budget:.3g}") for budget in np.geomspace(1.1 * least, 1.1 * float(most), BUDGETS)]


def _row(device: str, budget_ms: float, found: SearchResult) -> dict[str, object]:
    best = found.best
    simple = [each.best.accuracy.judged for each in found.baselines if each.best is not None]
    within = [each for each in found.published if each.latency_high_ms <= budget_ms]
    return {
        "device": device,
        "budget_ms": budget_ms,
        "answer": best.name,
        "accuracy": round(best.accuracy.value, 2),
        "accuracy_low": round(best.accuracy.low, 2),
        "accuracy_origin": best.accuracy.origin,
        "latency_p50_ms": round(best.latency_p50_ms, 4),
        "latency_high_ms": round(best.latency_high_ms, 4),
        "latency_origin": best.latency_origin,
        "front": len(found.front),
        "beaten_by_published": sum(_is_beaten(each, within) for each in found.front),
        "above_simple_methods": round(best.accuracy.judged - max(simple), 3) if simple else "",
    }


def _is_beaten(member: Candidate, published: Sequence[Candidate]) -> bool:
    score, ms = member.accuracy.judged, member.latency_high_ms
    return any(
        other.accuracy.judged >= score
        and other.latency_high_ms <= ms
        and (other.accuracy.judged, -other.latency_high_ms) != (score, -ms)
        for other in published
    )


if __name__ == "__main__":
    main()

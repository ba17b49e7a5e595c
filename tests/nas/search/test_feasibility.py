"""`nas explain`: the latencies of a space, the nearest budget, what choices buy; quick and without torch."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from nas.describing.budgets import LINE, SHOWN, that_matter, verdict, verdict_line
from nas.search.feasibility import Choice, Latencies, choices, latencies, rounded_up
from predictors import AccuracyPrior, calibrated_predictor
from search_space import named_space

SPACE, ORIN = named_space("efficientvit"), calibrated_predictor("jetson-agx-orin")


def explain(*options: str) -> subprocess.CompletedProcess[str]:
    code = (
        "import sys; from nas.cli import main\ntry: main()\nfinally: print('torch' in sys.modules, file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, "explain", "--device", "jetson", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_random_members_lie_between_the_extremes() -> None:
    found = latencies(SPACE, latency=ORIN, confidence=0.9)
    rng = np.random.default_rng(5)
    ends = ORIN.predict([SPACE.sample(rng) for _ in range(300)], confidence=0.9).high_ms
    assert (1 - 1e-9) * found.smallest_ms <= ends.min() < found.median_ms
    assert found.median_ms < ends.max() <= (1 + 1e-9) * found.largest_ms
    # one network alone and among others are sums of another order to a BLAS
    assert ORIN.predict([found.largest], confidence=0.9).high_ms[0] == pytest.approx(found.largest_ms, rel=1e-9)
    assert found.smallest_ms <= found.nearest_budget_ms <= 1.01 * found.smallest_ms


@pytest.mark.parametrize(("value", "wanted"), [(0.2871, 0.288), (10.0, 10.0), (1.234, 1.24), (9876.0, 9880.0)])
def test_rounding_up_to_three_digits(value: float, wanted: float) -> None:
    assert rounded_up(value) == pytest.approx(wanted)


def test_choices_are_differences_of_the_networks_one_gene_away() -> None:
    b1 = SPACE.published_members["mit-b1"]
    near = {(each.gene, each.after): each for each in choices(SPACE, b1, ORIN)}
    wider = near["resolution", 256]
    assert wider.before == 224
    changed = replace(b1, resolution=(256, 256))
    ms = ORIN.predict([b1, changed], confidence=0.5).p50_ms
    top1 = AccuracyPrior.fit().trend([b1, changed])
    assert wider.latency_ms == pytest.approx(ms[1] - ms[0])
    assert wider.accuracy == pytest.approx(top1[1] - top1[0])
    assert all(each.before != each.after for each in near.values())


def test_a_budget_that_can_be_met_and_no_torch() -> None:
    found = explain("--budget", "10ms", "--json")
    assert (found.returncode, found.stderr) == (0, "False\n")
    payload = json.loads(found.stdout)
    assert payload["can_be_met"]
    assert payload["smallest"]["latency_high_ms"] < payload["median"]["latency_high_ms"]
    assert payload["median"]["latency_high_ms"] < payload["largest"]["latency_high_ms"]
    assert {"gene", "before", "after", "latency_ms", "accuracy"} <= set(payload["choices"][0])
    assert payload["verdict"].startswith("10 ms can be met on jetson-agx-orin")
    assert payload["caution"].startswith("contested: ")
    words = [each["words"] for each in payload["choices"]]
    assert 1 <= len(payload["that_matter"]) <= SHOWN
    assert set(payload["that_matter"]) <= set(words)


def test_a_budget_that_cannot_be_met_ends_with_code_3_and_the_nearest() -> None:
    found = explain("--budget", "0.1ms")
    assert found.returncode == 3
    assert "fastest" in found.stdout
    assert "nearest budget that can be met: 0.288ms" in found.stderr


FOUND = Latencies(
    smallest=SPACE.smallest(), smallest_ms=0.2871, median_ms=4.472, largest=SPACE.largest(), largest_ms=33.21
)


def choice(gene: str, latency_ms: float, accuracy: float | None) -> Choice:
    words = f"{gene} {latency_ms:+g}"
    marks = {"latency_extrapolated": False, "accuracy_extrapolated": False}
    return Choice(gene=gene, before=0, after=1, words=words, latency_ms=latency_ms, accuracy=accuracy, **marks)


def test_the_verdict_comes_in_a_sentence() -> None:
    assert verdict(FOUND, "jetson", 10, 0.9) == (
        "10 ms can be met on jetson: the fastest network takes 35 times less than that, 0.29 ms, the median one "
        "4.5 ms and the slowest 33 ms (upper ends at 90% confidence)"
    )
    assert verdict(FOUND, "jetson", 0.1, 0.9).startswith(
        "0.1 ms cannot be met on jetson: the fastest network takes 2.9 times as long, 0.29 ms"
    )
    assert verdict(FOUND, "jetson", 40, 0.9).endswith("even the slowest keeps it, so that it limits nothing")


@pytest.mark.parametrize("device", ["cpu", "jetson-orin-nano-4gb-super", "x" * 60, "x" * 200])
@pytest.mark.parametrize("budget_ms", [0.001, 0.1, 10, 123456.789])
def test_the_line_at_the_start_of_a_search_is_short(device: str, budget_ms: float) -> None:
    line = verdict_line(FOUND, device, budget_ms)
    assert len(line) <= LINE
    assert ("can be met" in line) == (budget_ms >= FOUND.smallest_ms)
    assert verdict_line(FOUND, "jetson", 10) == (
        "10 ms can be met on jetson: fastest 0.29 ms, median 4.5 ms, slowest 33 ms"
    )


def test_the_choices_that_matter() -> None:
    """Gains within the budget first, the largest of each gene; then what saves most per point; no small change."""
    near = [
        choice("a", +1.0, +0.5), choice("a", +2.0, +0.9), choice("b", +9.0, +5.0), choice("c", +0.1, +0.1),
        choice("d", +0.1, +0.2), choice("e", -2.0, -1.0), choice("f", -1.0, -0.1), choice("g", -0.001, 0.0),
        choice("h", +0.5, +0.3),
    ]  # fmt: skip
    found = [each.words for each in that_matter(near, start_ms=5.0, budget_ms=10.0)]
    assert found == ["a +2", "h +0.5", "d +0.1", "f -1", "e -2"]
    unknown = [choice(gene, ms, None) for gene, ms in (("a", 1.0), ("b", -3.0), ("b", 2.0), ("c", 0.5))]
    assert [each.words for each in that_matter(unknown, 5.0, 10.0)] == ["b -3", "a +1", "c +0.5"]


def test_what_is_extrapolated_is_marked() -> None:
    near = {each.words: each for each in choices(SPACE, SPACE.published_members["mit-b1"], ORIN)}
    assert not near["input size: 224 px -> 256 px"].latency_extrapolated
    cascaded = [each for words, each in near.items() if "cascaded group attention, 2 heads" in words]
    assert cascaded
    assert all(each.latency_extrapolated for each in cascaded)

"""`nas explain`: the latencies of a space, the nearest budget, what choices buy; quick and without torch."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from nas.search.feasibility import choices, latencies, rounded_up
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
    found = latencies(SPACE, ORIN, 0.9)
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
    top1 = AccuracyPrior.fit().predict([b1, changed]).mean
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


def test_a_budget_that_cannot_be_met_ends_with_code_3_and_the_nearest() -> None:
    found = explain("--budget", "0.1ms")
    assert found.returncode == 3
    assert "fastest" in found.stdout
    assert "nearest budget that can be met: 0.288ms" in found.stderr

"""What each network is judged by: known figures before expected ones."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from nas.devices import find_device
from nas.search.judge import Accuracy, Candidate, Judge, PriorJudge, TargetLatency, published_score
from nas.search.networks import OtherNetwork
from nas.search.results import row
from nas.search.setup import known_networks
from predictors import MeasuredLatency, analytic_predictors, calibrated_predictor
from search_space import ArchConfig, SearchSpace, published

ORIN = calibrated_predictor("jetson-agx-orin")


def test_a_measured_latency_goes_before_a_predicted_one() -> None:
    b1 = published("mit-b1")
    known = known_networks([find_device("jetson")], PriorJudge())
    judge = Judge(PriorJudge(), [ORIN], 0.9, replace(known, measured={b1: MeasuredLatency(p50_ms=9, log_std=0)}))
    found, again = judge([b1])[0], judge.blind()([b1])[0]
    assert (found.latency_p50_ms, found.latency_high_ms, found.latency_measured) == (9, 9, True)
    assert again.latency_p50_ms == pytest.approx(float(ORIN.predict([b1], confidence=0.9).p50_ms[0]))
    assert again.accuracy.origin == "prior"
    assert judge.latencies_ms([b1])[0, 0] == 9
    line = row(found, is_published=True, measured=found)
    assert line.latency_measured_ms == 9


@pytest.mark.parametrize(
    ("origin", "judged"), [("measured", 70.0), ("published", 70.0), ("predicted", 65.0), ("prior", 65.0)]
)
def test_a_search_counts_on_what_is_known_or_on_the_lower_end(origin: str, judged: float) -> None:
    found = Accuracy(value=70.0, low=65.0, high=77.0, origin=origin)
    assert (found.judged, found.known, found.half_width) == (judged, judged == 70.0, 6.0)


def test_objectives_are_the_error_and_the_upper_ends(other: OtherNetwork) -> None:
    ends = (1.0, 0.5, 1.5), (4.0, 3.0, 6.0)
    latencies = tuple(TargetLatency(p50_ms=p50, low_ms=low, high_ms=high, origin="x") for p50, low, high in ends)
    rival = Candidate(network=other, accuracy=published_score(75.0), latencies=latencies)
    assert rival.objectives == (25.0, 1.5, 6.0)
    assert (rival.medians_ms, rival.latencies_ms) == ((1.0, 4.0), (1.5, 6.0))
    assert (rival.latency_low_ms, rival.latency_p50_ms, rival.latency_high_ms) == (0.5, 1.0, 1.5)
    assert (rival.is_rival, rival.name) == (True, "tinynet.in1k")
    with pytest.raises(TypeError, match=r"tinynet\.in1k is a network of another library, without an architecture"):
        _ = rival.arch


def test_each_network_is_judged_once(tiny_space: SearchSpace) -> None:
    class Counting:
        cheap = False

        def __init__(self) -> None:
            self.asked = list[ArchConfig]()

        def __call__(self, archs: Sequence[ArchConfig]) -> list[Accuracy]:
            self.asked += archs
            return [Accuracy(value=float(len(each.levels)), low=0, high=9, origin="measured") for each in archs]

        def describe(self) -> str:
            return "levels"

    accuracy, (small, large) = Counting(), (tiny_space.smallest(), tiny_space.largest())
    judge = Judge(accuracy, [analytic_predictors()["raspberry-pi-5"]], 0.9)
    assert [each.arch for each in judge([small, large, small])] == [small, large, small]
    judge([large])
    assert accuracy.asked == [small, large]
    assert judge.judged == sorted([small, large], key=lambda arch: arch.arch_id)
    assert judge.blind() is judge
    assert judge.latencies_ms([small, large])[:, 0].tolist() == pytest.approx(
        [each.latency_high_ms for each in judge([small, large])]
    )

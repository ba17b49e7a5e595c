"""The answer against simple methods, in words."""

from nas.report.comparison import baseline_words
from nas.runs import BaselineRow, Best


def test_a_simple_method_is_a_sentence() -> None:
    assert baseline_words(BaselineRow(name="random", tried=1200, best=None)) == (
        "random (1,200 tried): none within the budget"
    )
    best = Best(
        arch_id="abcd",
        accuracy=80.0,
        accuracy_origin="prior",
        latency_high_ms=2.0,
        gain_points=1.5,
        evidence_of_gain=True,
    )
    words = baseline_words(BaselineRow(name="random", tried=3, best=best))
    assert words == "random (3 tried): 80.00 %, the answer +1.50 points, a gain"

"""How far off predictions were, against figures by hand."""

import pytest

from nas.report.verification import accuracy_agreement, latency_agreement, round_words
from nas.runs import AccuracyCheck, LatencyCheck, Round


def test_the_agreement_of_accuracies_is_as_by_hand() -> None:
    pairs = [(70.0, 71.0), (72.0, 70.0), (74.0, 74.0), (75.0, 76.0)]
    checks = [AccuracyCheck(arch_id="abcd", predicted=predicted, found=found) for predicted, found in pairs]
    # ranks 1 2 3 4 against 2 1 3 4: 1 - 6 x 2 / (4 x 15)
    assert accuracy_agreement(checks) == pytest.approx({"networks": 4, "error": 1.0, "bias": 0.0, "spearman": 0.8})
    assert accuracy_agreement(checks[:2])["spearman"] is None


def test_the_agreement_of_latencies_is_as_by_hand() -> None:
    def check(predicted: float, measured: float, low: float | None, *, kept: bool) -> LatencyCheck:
        return LatencyCheck(
            round=1,
            arch_id="abcd",
            accuracy=None,
            accuracy_origin="prior",
            predicted_ms=predicted,
            predicted_low_ms=low,
            predicted_high_ms=None if low is None else 2 * predicted,
            measured_ms=measured,
            measured_low_ms=None,
            measured_high_ms=None,
            kept=kept,
        )

    checks = [check(2, 4, 1, kept=True), check(3, 2, 2.5, kept=False), check(1, 1, None, kept=True)]
    assert latency_agreement(checks) == pytest.approx(
        {"networks": 3, "error": 100 * (0.5 + 0.5 + 0) / 3, "broke": 1, "within": 1, "with_interval": 2}
    )


def test_a_round_is_a_sentence() -> None:
    found = Round(number=1, measured=1, failed=0, broke=1, error=0.1, bias=0.05, drift=0.0, hypervolume=0.5)
    assert round_words(found) == (
        "Round 1: 1 network measured, 1 broke a budget or limit; predictions off by 10.0% on average, measured +5.0% "
        "in the median."
    )
    later = Round(number=2, measured=3, failed=2, broke=0, error=0.1, bias=-0.05, drift=-0.02, hypervolume=0.6)
    assert round_words(later).startswith("Round 2: 3 networks measured (2 more could not be), 0 broke")
    assert round_words(later).endswith("; the device ran 2.0% faster than in round 1, which is taken out.")

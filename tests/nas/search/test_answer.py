"""What a search answers, in sentences."""

from collections.abc import Callable

import pytest

from nas.search.answer import latency_words, score_words
from nas.search.judge import Candidate, TargetLatency

Judged = Callable[..., Candidate]


def test_scores_carry_the_digits_of_their_interval(candidate: Judged) -> None:
    assert score_words(candidate(79.39, 1)) == "79.39 %"
    assert score_words(candidate(79.39, 1, half=2.7)) == "79.4 % (76.7 to 82.1)"
    assert score_words(candidate(79.39, 1, half=8)) == "79 % (71 to 87)"


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ((3.1, 2.0, 6.9), ("3 ms", "7 ms")),
        ((1.49, 1.3, 1.7), ("1.5 ms", "1.7 ms")),
        ((2.0, 2.0, 2.0), ("2.00 ms", "2.00 ms")),
        ((0.05, 0.05, 0.05), ("50.0 us", "50.0 us")),
    ],
)
def test_latencies_carry_the_digits_of_their_interval(
    ends: tuple[float, float, float], said: tuple[str, str]
) -> None:
    p50_ms, low_ms, high_ms = ends
    assert latency_words(TargetLatency(p50_ms=p50_ms, low_ms=low_ms, high_ms=high_ms, origin="x")) == said

"""Networks worth training: expected to beat what is known at their latency."""

from collections.abc import Callable

from nas.search.judge import Candidate
from nas.search.prospects import prospects

Judged = Callable[..., Candidate]


def test_prospects_beat_what_is_known_and_as_fast(candidate: Judged) -> None:
    published_b1, published_b2 = (
        candidate(79, 2, network="mit-b1", origin="published"),
        candidate(82, 4, network="mit-b2", origin="published"),
    )
    hopes = [
        candidate(78.9, 2.5, network="msra-m0", half=3, origin="prior"),  # below b1
        candidate(80, 3, network="msra-m1", half=3, origin="prior"),
        candidate(79.5, 3.5, network="msra-m2", half=3, origin="prior"),  # below the last, and slower
        candidate(84, 5, network="msra-m3", half=3, origin="prior"),
        candidate(60, 1, network="msra-m4", half=3, origin="prior"),  # nothing known is as fast
    ]
    found = prospects(hopes, [published_b1, published_b2])
    assert [each.candidate for each in found] == [hopes[3], hopes[1], hopes[4]]
    assert [each.points for each in found] == [2, 1, 60]
    assert found[1].known is published_b1

"""What a search answers, in sentences."""

from collections.abc import Callable

from nas.search.answer import score_words
from nas.search.judge import Candidate

Judged = Callable[..., Candidate]


def test_scores_carry_the_digits_of_their_interval(candidate: Judged) -> None:
    assert score_words(candidate(79.39, 1)) == "79.39 %"
    assert score_words(candidate(79.39, 1, half=2.7)) == "79.4 % (76.7 to 82.1)"
    assert score_words(candidate(79.39, 1, half=8)) == "79 % (71 to 87)"

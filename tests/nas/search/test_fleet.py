"""Fronts by device, and what one network for several devices costs."""

from collections.abc import Callable

from nas.search.fleet import device_fronts, sharing
from nas.search.judge import Candidate

Judged = Callable[..., Candidate]


def test_sharing_by_hand(candidate: Judged) -> None:
    """Budgets 10 and 10: the best of each device fits it alone; one network fits both."""
    first, second, both = candidate(80, 9, 20), candidate(78, 30, 9), candidate(75, 8, 8)
    one, two = sharing([first, second, both], [10, 10])
    assert (one.networks, one.price) == ((both,), (5.0, 3.0))
    assert one.accuracy == (75, 75)
    assert min(two.price) == 0
    assert len(two.networks) == 2
    assert device_fronts([first, second, both], [10, 10]) == [[both, first], [both, second]]

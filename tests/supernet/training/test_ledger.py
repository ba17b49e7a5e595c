"""The ledger counts what was trained, on which choices, and comes back from JSON."""

from collections import Counter

import pytest

from search_space import SearchSpace, arch_cost
from supernet import Ledger
from supernet.training.ledger import choices_of


def test_the_ledger_counts_choices_and_survives_json(tiny_space: SearchSpace) -> None:
    ledger, small, large = Ledger(), tiny_space.smallest(), tiny_space.largest()
    ends = arch_cost(small).macs, arch_cost(large).macs
    ledger.trained(small, "smallest", 8, *ends)
    ledger.trained(large, "largest", 8, *ends)
    ledger.peeked(large, 8)
    assert (ledger.passes, ledger.peeks, ledger.images) == (2, 1, 16)
    assert ledger.macs == 8 * (3 * ends[0] + 4 * ends[1])
    assert ledger.sizes == {"fifth 1": 1, "fifth 5": 1}
    assert ledger.choices == Counter([*choices_of(small), *choices_of(large)])
    assert Ledger.from_dict(ledger.to_dict()) == ledger
    shares = ledger.attention_shares(tiny_space)
    assert sum(shares.values()) == pytest.approx(1)
    assert shares.keys() == {a.attention.type if a.attention else "none" for a in (small.levels[1], large.levels[1])}

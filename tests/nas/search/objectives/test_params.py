"""Parameters as an objective."""

import numpy as np

from nas.search.networks import OtherNetwork
from nas.search.objectives.params import PARAMS
from search_space import SearchSpace
from supernet import build


def test_they_are_those_of_the_built_network(tiny_space: SearchSpace) -> None:
    rng = np.random.default_rng(0)
    for arch in (tiny_space.smallest(), tiny_space.largest(), tiny_space.sample(rng)):
        assert PARAMS.of(arch) == sum(each.numel() for each in build(arch).parameters())


def test_of_another_library_as_published(other: OtherNetwork) -> None:
    assert PARAMS.of(other) == 2_000_000


def test_limits_are_counts() -> None:
    assert PARAMS.parse("6M") == 6_000_000
    assert PARAMS.shown(6_000_000) == "6.00 M"

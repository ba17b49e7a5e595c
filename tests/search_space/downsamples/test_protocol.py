"""What a downsample that says little of itself still answers, and what all of them keep."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

from search_space.downsamples import DOWNSAMPLES, DownsampleConfig


@dataclass(frozen=True, kw_only=True)
class Quiet(DownsampleConfig):
    type: ClassVar[str] = "quiet"


def test_defaults() -> None:
    quiet = Quiet.small()
    assert quiet == Quiet()
    assert (quiet.kind, quiet.bank, quiet.stride) == ("quiet_downsample", "quiet_downsample", 2)
    assert quiet.traits == {"quiet"}
    assert quiet.attention is None


@pytest.mark.parametrize("kind", DOWNSAMPLES)
def test_the_operator_has_the_cost_of_the_downsample(kind: str) -> None:
    part = DOWNSAMPLES[kind].small()
    assert part.operator_cost(((8, 5, 7),), 16, "relu") == part.cost((8, 5, 7), 16, "relu")


@pytest.mark.parametrize("kind", DOWNSAMPLES)
def test_an_odd_map_costs_what_the_even_one_above_does_at_the_output(kind: str) -> None:
    """What is wider than the input counts at the output, ceil(size / 2); parameters do not depend on the map."""
    part = DOWNSAMPLES[kind].small()
    odd, even = part.cost((8, 5, 7), 16, "relu"), part.cost((8, 6, 8), 16, "relu")
    assert odd.parameters == even.parameters
    assert odd.macs_dense == even.macs_dense
    assert odd.macs_grouped <= even.macs_grouped

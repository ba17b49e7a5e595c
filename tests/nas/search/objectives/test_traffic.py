"""Bytes moved as an objective."""

import math

import numpy as np
import pytest

from nas.search.networks import OtherNetwork
from nas.search.objectives.traffic import TRAFFIC
from search_space import SearchSpace, operators


def test_four_bytes_of_each_element() -> None:
    columns = {"weights": np.array([1e6]), "activations": np.array([0.5e6]), "macs_dense": np.array([7.0])}
    assert TRAFFIC.formula(columns) == pytest.approx([6.0])


def test_a_network_s_is_that_of_its_operators(tiny_space: SearchSpace) -> None:
    arch = tiny_space.largest()
    elements = sum(op.cost.weights + op.cost.activations for _, op in operators(arch))
    assert TRAFFIC.of(arch) == pytest.approx(4e-6 * elements)


def test_nobody_counts_it_elsewhere(other: OtherNetwork) -> None:
    assert TRAFFIC.of(other) == math.inf


def test_limits_are_sizes() -> None:
    assert TRAFFIC.parse("1.5GB") == 1500.0
    with pytest.raises(ValueError, match="write a number and a unit"):
        TRAFFIC.parse("60")

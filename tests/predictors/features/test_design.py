"""Rows of the design: physics features, and beside them the sums of a table."""

import numpy as np
import pytest

from predictors.features.blocks import OLD_GROUPS, BlockLatencies
from predictors.features.costs import FEATURES, cost_matrix, features
from predictors.features.design import MACS_COLUMNS, Design
from search_space import COST_FIELDS, named_space, operator_cost_vector, operators

ARCHS = [named_space("digits").sample(np.random.default_rng(seed)) for seed in range(5)]
PLAIN = Design(bytes_per_element=4)


@pytest.fixture(scope="module")
def tabled() -> Design:
    """Every other block of the networks was measured, at 1 us for a thousand activations."""
    ops = list({op for arch in ARCHS for _, op in operators(arch)})[::2]
    costs = np.array([operator_cost_vector(op) for op in ops])
    ms = np.array([op.cost.activations / 1e6 for op in ops])
    blocks = BlockLatencies.fit(costs, ms, 0.1 * ms, bytes_per_element=4, groups=OLD_GROUPS)
    return Design(bytes_per_element=4, blocks=blocks)


def test_without_a_table_rows_are_physics_features() -> None:
    additive = PLAIN.additive(ARCHS)
    assert additive.tolist() == cost_matrix(ARCHS).tolist()
    assert PLAIN.rows(additive).tolist() == features(additive, bytes_per_element=4).tolist()
    assert (PLAIN.names, PLAIN.work_columns) == (FEATURES, MACS_COLUMNS)
    assert PLAIN.moved(additive) is None


def test_multiply_adds_are_counted_once() -> None:
    assert [FEATURES[column] for column in MACS_COLUMNS] == [
        "dense_gmacs",
        "pointwise_gmacs",
        "grouped_gmacs",
        "attention_gmacs",
    ]


def test_with_a_table_its_sums_stand_beside_them(tabled: Design) -> None:
    additive = tabled.additive(ARCHS)
    rows = tabled.rows(additive)
    assert rows.shape == (5, len(tabled.names)) == (5, len(FEATURES) + len(OLD_GROUPS))
    assert rows[:, : len(FEATURES)] == pytest.approx(PLAIN.rows(PLAIN.additive(ARCHS)))
    assert tabled.blocks is not None
    assert rows[:, len(FEATURES) :] == pytest.approx(tabled.blocks.sums(ARCHS)[:, :-1])
    assert [tabled.names[column] for column in tabled.work_columns] == [f"table_{name}_ms" for name in OLD_GROUPS]


def test_moved_sums_are_larger_by_their_deviation(tabled: Design) -> None:
    additive = tabled.additive(ARCHS)
    rows, moved = tabled.rows(additive), tabled.moved(additive)
    assert moved is not None
    start = len(FEATURES)
    assert moved[:, :start].tolist() == rows[:, :start].tolist()
    assert moved[:, start:].sum(axis=1) - rows[:, start:].sum(axis=1) == pytest.approx(additive[:, -1])
    assert additive.shape == (5, len(COST_FIELDS) + len(OLD_GROUPS) + 1)

"""Block latencies: measured ones looked up, others interpolated."""

import json
from dataclasses import replace

import numpy as np
import pytest

from predictors.features.blocks import OLD_GROUPS, BlockLatencies, block_groups
from search_space import (
    COST_FIELDS,
    OperatorSpec,
    named_space,
    operator_cost_vector,
    operators,
    published,
)


def true_ms(op: OperatorSpec) -> float:
    return 0.004 + op.cost.macs / 2e8 + op.cost.activations / 4e6 + 0.01 * op.cost.cascade_steps


@pytest.fixture(scope="module")
def blocks() -> tuple[list[OperatorSpec], BlockLatencies]:
    """60 blocks of the space `digits` with a latency that is linear in their costs."""
    space, rng = named_space("digits"), np.random.default_rng(0)
    distinct = {op.key_json: op for _ in range(60) for _, op in operators(space.sample(rng))}
    known = list(distinct.values())[:60]
    costs = np.array([operator_cost_vector(op) for op in known])
    latency = np.array([true_ms(op) for op in known])
    return known, BlockLatencies.fit(costs, latency, 0.01 * latency, bytes_per_element=4, groups=OLD_GROUPS)


def test_measured_blocks_are_looked_up(blocks: tuple[list[OperatorSpec], BlockLatencies]) -> None:
    known, found = blocks
    mean, std = found.estimate(np.array([operator_cost_vector(op) for op in known]))
    assert mean == pytest.approx([true_ms(op) for op in known], rel=1e-12)
    assert std == pytest.approx(0.01 * mean)


def test_other_blocks_are_interpolated_within_their_uncertainty(
    blocks: tuple[list[OperatorSpec], BlockLatencies],
) -> None:
    known, found = blocks
    space, rng = named_space("digits"), np.random.default_rng(1)
    keys = {op.key_json for op in known}
    others = [op for _ in range(40) for _, op in operators(space.sample(rng)) if op.key_json not in keys]
    mean, std = found.estimate(np.array([operator_cost_vector(op) for op in others]))
    truth = np.array([true_ms(op) for op in others])
    assert np.abs(mean / truth - 1).mean() < 0.05
    assert (np.abs(mean - truth) <= 3 * std + 0.01 * truth).mean() >= 0.9


def test_sums_are_the_sum_of_the_operators(blocks: tuple[list[OperatorSpec], BlockLatencies]) -> None:
    _, found = blocks
    arch = named_space("digits").sample(np.random.default_rng(5))
    expected = np.zeros(len(found.names))
    for _, op in operators(arch):
        mean, std = found.estimate(operator_cost_vector(op)[None])
        expected[found.group(op)] += mean[0]
        expected[-1] += std[0]
    assert found.sums([arch])[0] == pytest.approx(expected, rel=1e-12)


def test_attention_types_that_occur_have_a_group(blocks: tuple[list[OperatorSpec], BlockLatencies]) -> None:
    _, found = blocks
    b1, m4 = ([op for _, op in operators(published(name))] for name in ("mit-b1", "msra-m4"))
    assert block_groups([*m4, *b1]) == found.groups == OLD_GROUPS
    assert block_groups(m4) == ("convolution", "cascaded_group_attention", "head")
    assert {found.group(op) for op in (*b1, *m4)} == set(range(len(found.groups)))
    without = replace(found, groups=block_groups(m4))
    assert {without.group(op) for op in b1} == {0, 2}  # its linear attention counts with the convolutions


def test_records_without_groups_have_those_of_before(blocks: tuple[list[OperatorSpec], BlockLatencies]) -> None:
    _, found = blocks
    record = found.record()
    del record["groups"]
    assert BlockLatencies.from_record(record).groups == OLD_GROUPS


def test_fewer_than_12_blocks_are_not_interpolated() -> None:
    with pytest.raises(ValueError, match="needs 12 different ones, got 3"):
        BlockLatencies.fit(
            np.eye(3, len(COST_FIELDS)), np.ones(3), np.ones(3), bytes_per_element=4, groups=OLD_GROUPS
        )


def test_records_estimate_the_same(blocks: tuple[list[OperatorSpec], BlockLatencies]) -> None:
    known, found = blocks
    again = BlockLatencies.from_record(json.loads(json.dumps(found.record())))
    costs = np.array([operator_cost_vector(op) for op in known]) * np.where(np.arange(60) % 2, 1.0, 1.5)[:, None]
    for first, second in zip(found.estimate(costs), again.estimate(costs), strict=True):
        np.testing.assert_allclose(second, first, rtol=1e-9)
    assert again.names == found.names

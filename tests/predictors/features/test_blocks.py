"""Block latencies: measured ones looked up, others interpolated; and whether their sums add up."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from predictors import LatencyTable, fit_latency
from predictors.features.blocks import OLD_GROUPS, BlockLatencies, block_groups
from predictors.latency.additivity import additivity
from predictors.latency.fit import block_latencies, composed_warnings
from search_space import (
    COST_FIELDS,
    SPACES,
    OperatorSpec,
    named_space,
    operator_cost_vector,
    operator_from_json,
    operators,
    published,
)

MakeTable = Callable[..., LatencyTable]
DIGITS = Path(__file__).parents[3] / "results" / "latency" / "cpu-digits"


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


@pytest.mark.parametrize("name", SPACES)
def test_operators_survive_json(name: str) -> None:
    arch = named_space(name).sample(np.random.default_rng(0))
    for _, op in operators(arch):
        assert operator_from_json(op.key_json) == op


@pytest.mark.parametrize("text", ["[", "[]", "{}", '{"kind": "conv"}', '{"kind": "conv", "color": 1}'])
def test_what_is_no_operator_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="operator"):
        operator_from_json(text)


def test_table_sums_are_used_where_they_help(make_table: MakeTable) -> None:
    """Networks that take 20 us plus 0.8 times blocks whose latency no physics feature holds."""
    table = make_table(0, noise=0.002, counts=(60, 20, 20), odd_blocks=400)
    predictor = fit_latency(table)
    assert predictor.name.startswith("table_")
    report = predictor.judged
    assert report.choice is not None
    assert report.choice.additivity is not None
    best_physics = min(v for k, v in report.choice.cross_validated_mape.items() if not k.startswith("table_"))
    assert report.errors.mape < 0.7 * best_physics
    assert report.choice.additivity.bias > 0
    assert set(report.baselines) == {"macs_affine", "table_sum"}


def test_fewer_than_12_blocks_are_not_interpolated(make_table: MakeTable) -> None:
    assert block_latencies(make_table(0)) is None
    with pytest.raises(ValueError, match="needs 12 different ones, got 3"):
        BlockLatencies.fit(
            np.eye(3, len(COST_FIELDS)), np.ones(3), np.ones(3), bytes_per_element=4, groups=OLD_GROUPS
        )


def test_the_committed_table_is_not_additive() -> None:
    report = fit_latency(LatencyTable.load(DIGITS)).judged
    assert report.choice is not None
    assert report.choice.additivity is not None
    assert report.choice.additivity.verdict == "whole networks"
    assert report.errors.mape < 0.05 < report.baselines["table_sum"].mape
    assert report.warnings == ()


@pytest.mark.parametrize(
    ("factor", "constant", "whole", "verdict"),
    [(1.0, 0.0, 0.02, "valid"), (0.8, 0.0, 0.02, "corrected"), (0.8, 0.5, 0.02, "corrected"), (1, 0, 0, "valid")],
)
def test_verdict_on_known_truths(factor: float, constant: float, whole: float, verdict: str) -> None:
    sums = np.random.default_rng(0).uniform(1, 9, 40)
    found = additivity(sums, factor * sums + constant, whole_error=whole)
    assert found.verdict == verdict
    assert found.bias == pytest.approx(np.median(sums / (factor * sums + constant)) - 1)
    assert verdict in found.describe()


def test_a_sum_with_gaps_falls_back_to_whole_networks() -> None:
    rng = np.random.default_rng(0)
    sums = rng.uniform(1, 9, 40)
    found = additivity(sums, sums * np.exp(0.2 * rng.standard_normal(40)), whole_error=0.03)
    assert found.verdict == "whole networks"


def test_a_table_of_summed_parts_is_called_composed(make_table: MakeTable) -> None:
    assert composed_warnings(make_table(0, noise=0.01)) == []
    warnings = composed_warnings(make_table(0, noise=0))
    assert len(warnings) == 1
    assert "look composed, not measured" in warnings[0]

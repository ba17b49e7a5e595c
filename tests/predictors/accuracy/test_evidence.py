"""The published results, and what the prior looks at in a network, by hand."""

from dataclasses import replace

import numpy as np
import pytest

from predictors.accuracy.evidence import (
    MIT,
    MSRA,
    attention_share,
    efficientvit_results,
    joined,
    known_traits,
    layout_of,
    lost_scales,
    other_results,
    shapes_of,
    unseen,
    unseen_attention,
)
from search_space import CascadedGroupAttention, LevelConfig, LinearAttention, arch_cost, published
from search_space.blocks import MBConv, Sandwich


def test_shapes_of_b1_by_hand() -> None:
    arch = published("mit-b1")
    found, backbone = shapes_of([arch]), arch_cost(replace(arch, head=None))
    capacity = [backbone.macs, backbone.parameters, backbone.activations]
    assert np.exp(found.capacity[0]) == pytest.approx(capacity)
    assert np.exp(found.whole[0]) == pytest.approx([arch_cost(arch).macs, arch_cost(arch).parameters])
    assert (found.attention[0], found.sandwich[0], found.without_scales[0], found.unseen[0]) == (1, 0, 0, False)
    layers = np.array([2, 2, 3, 4, 5, 0])  # depths 1, 1, 2, 3, 4 after a downsample each
    expected = [*np.log(capacity), np.log(224), np.log(16), *layers / 16]
    assert found.layout[0] == pytest.approx(expected)


def test_shapes_of_m4_and_of_a_backbone() -> None:
    m4 = published("msra-m4")
    found = shapes_of([m4, replace(m4, head=None)])
    assert found.sandwich.tolist() == [1, 1]
    assert found.capacity[0] == pytest.approx(found.capacity[1])
    assert np.isfinite(found.whole[0]).all()
    assert np.isinf(found.whole[1]).all()


def test_attention_that_lost_its_scales() -> None:
    arch = published("mit-b1")
    attention = arch.levels[3].attention
    assert isinstance(attention, LinearAttention)
    bare = arch.levels[3].with_attention(replace(attention, scales=()))
    found = shapes_of([replace(arch, levels=(*arch.levels[:3], bare, arch.levels[4]))])
    assert found.without_scales[0] == pytest.approx(3 / 7)  # 3 of 7 blocks with attention
    assert lost_scales(LinearAttention(heads=1, head_dim=8, scales=()))
    assert not lost_scales(LinearAttention(heads=1, head_dim=8))
    assert not lost_scales(None)


def test_three_tenths_of_the_blocks_are_enough_attention() -> None:
    blocks, attended = np.array([10, 10, 10, 0]), np.array([0, 1.5, 4, 0])
    assert attention_share(blocks, attended) == pytest.approx([0, 0.5, 1, 0])


@pytest.mark.parametrize(
    ("attention", "marked"),
    [
        (LinearAttention(heads=1, head_dim=8, scales=(5,)), False),
        (LinearAttention(heads=1, head_dim=8, scales=()), False),
        (LinearAttention(heads=1, head_dim=8, scales=(3, 5)), True),
        (CascadedGroupAttention(heads=2, query_kernels=(5, 3)), False),
        (CascadedGroupAttention(heads=2, query_kernels=(3, 3)), True),
    ],
)
def test_settings_without_evidence(attention: LinearAttention | CascadedGroupAttention, marked: bool) -> None:
    assert unseen_attention(attention) is marked
    level = LevelConfig(stride=16, width=32, depth=1, blocks=(Sandwich(attention=attention),))
    assert unseen(level) is marked


@pytest.mark.parametrize(("kernel", "marked"), [(3, False), (5, False), (7, True)])
def test_kernels_without_evidence(kernel: int, marked: bool) -> None:
    assert unseen(LevelConfig(stride=4, width=8, depth=1, blocks=(MBConv(kernel=kernel),))) is marked


def test_both_tables_are_read() -> None:
    archs, ours = efficientvit_results()
    fitted, held = other_results()
    assert len(archs) == len(ours)
    assert set(ours.families) == {MIT, MSRA}
    assert [arch.resolution[0] for arch in archs] == ours.sides.tolist()
    for results in (ours, fitted, held):
        assert ((results.top1 > 40) & (results.top1 < 87)).all()
        assert np.isfinite(results.shapes.capacity).all()
    assert not {MIT, MSRA} & set(fitted.families)
    keys = [set(zip(each.models, each.weights, each.sides, strict=True)) for each in (fitted, held)]
    assert not keys[0] & keys[1]


def test_joined_results_are_those_of_both() -> None:
    _, ours = efficientvit_results()
    fitted, _ = other_results()
    whole = joined(ours, fitted)
    assert len(whole) == len(ours) + len(fitted)
    later = whole.where(np.arange(len(whole)) >= len(ours))
    assert later.models.tolist() == fitted.models.tolist()
    assert later.shapes.capacity.tolist() == fitted.shapes.capacity.tolist()


def test_layout_by_hand() -> None:
    found = layout_of(np.array([[1.0, 2.0, 3.0]]), np.array([64.0]), np.array([[2.0, 0, 2.0, 4.0, 0, 0]]))
    assert found[0] == pytest.approx([1, 2, 3, np.log(64), np.log(8), 0.25, 0, 0.25, 0.5, 0, 0])


def test_published_parts_are_known() -> None:
    assert {"linear_attention", "cascade", "squeeze_excite", "sandwich", "mit_head"} <= known_traits()

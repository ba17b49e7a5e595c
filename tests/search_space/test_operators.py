"""Operators of a network: shapes, costs that add up, and keys that read back."""

import json
from dataclasses import replace

import numpy as np
import pytest

from search_space import (
    COST_FIELDS,
    PUBLISHED,
    ArchConfig,
    LevelConfig,
    MitHead,
    NormLinearHead,
    OperatorSpec,
    SearchSpace,
    arch_cost,
    arch_cost_vector,
    operator_cost_vector,
    operator_from_json,
    operators,
    published,
)
from search_space.blocks import DSConv, MBConv, Sandwich
from search_space.costs import total
from search_space.downsamples import ConvDownsample, MBConvDownsample

NET = ArchConfig(
    levels=(
        LevelConfig(stride=2, width=8, depth=3, blocks=(DSConv(), MBConv(expand=2))),
        LevelConfig(stride=4, width=12, downsample=MBConvDownsample(expand=2)),
    ),
    head=NormLinearHead(classes=10),
    resolution=(13, 30),
)


def test_paths_and_shapes_by_hand() -> None:
    found = [(path, op.kind, op.inputs, op.output) for path, op in operators(NET)]
    half, quarter = (8, 7, 15), (12, 4, 8)
    assert found == [
        ("levels.2.downsample", "conv_downsample", ((3, 13, 30),), half),
        ("levels.2.blocks.0", "dsconv", (half,), half),
        ("levels.2.blocks.1", "mbconv", (half,), half),
        ("levels.2.blocks.2", "dsconv", (half,), half),
        ("levels.4.downsample", "mbconv_downsample", (half,), quarter),
        ("head", "norm_linear_head", (quarter,), (10, 1, 1)),
    ]


def test_a_segmentation_head_reads_three_levels_and_answers_at_the_finest() -> None:
    path, head = operators(published("mit-b0-seg-cityscapes"))[-1]
    assert path == "head"
    assert head.inputs == ((128, 32, 64), (64, 64, 128), (32, 128, 256))
    assert (head.in_channels, head.height, head.width, head.output) == (32, 128, 256, (19, 128, 256))


def test_the_cost_of_a_network_is_that_of_its_operators() -> None:
    whole = arch_cost(NET)
    assert whole == total(*(op.cost for _, op in operators(NET)))
    assert arch_cost_vector(NET).tolist() == [getattr(whole, name) for name in COST_FIELDS]
    for _, op in operators(NET):
        assert (operator_cost_vector(op) == op.cost.vector()).all()


def test_blocks_have_windows_that_fit_their_map() -> None:
    arch = replace(published("msra-m0"), resolution=(128, 128))
    windows = {path: getattr(op.attention, "window", None) for path, op in operators(arch) if op.attention}
    assert windows["levels.16.blocks.0"] == 7
    assert windows["levels.64.blocks.0"] == 2


@pytest.mark.parametrize("name", PUBLISHED)
def test_keys_read_back(name: str) -> None:
    for _, op in operators(published(name)):
        assert operator_from_json(op.key_json) == op


def test_keys_of_random_members_read_back_and_are_distinct(tiny_space: SearchSpace) -> None:
    rng = np.random.default_rng(0)
    found = {op for _ in range(60) for _, op in operators(tiny_space.sample(rng))}
    assert {operator_from_json(op.key_json) for op in found} == found
    assert len({op.key_json for op in found}) == len(found)


def spec(**change: object) -> OperatorSpec:
    values = {"part": MBConv(expand=2), "inputs": ((8, 4, 4),), "out_channels": 8, **change}
    return OperatorSpec(**values)  # type: ignore[arg-type]


def test_an_operator_of_plain_settings_has_the_flat_key() -> None:
    data = json.loads(spec().key_json)
    assert (data["kind"], data["expand"], data["kernel"], data["stride"]) == ("mbconv", 2, 3, 1)
    assert json.loads(spec(part=ConvDownsample()).key_json)["stride"] == 2
    head = json.loads(spec(part=MitHead(widths=(8, 8)), out_channels=1000).key_json)["head"]
    assert (head["type"], head["widths"]) == ("mit", [8, 8])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not an operator: invalid JSON"),
        ("[]", "operator: must be an object, got list"),
        (spec().key_json.replace("mbconv", "vgg"), "unknown block 'vgg'; known: dsconv, "),
        (spec().key_json.replace('"kernel"', '"kernels"'), "operator: unknown field 'kernels'"),
        ('{"role": "tail"}', "unknown role 'tail'; known: block, downsample, head"),
        (
            '{"role": "block", "inputs": [], "out_channels": 1, "part": {"type": "x"}}',
            "operator, block: unknown type 'x'",
        ),
    ],
)
def test_broken_keys_are_named(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        operator_from_json(text)


def test_what_changes_the_work_changes_the_key() -> None:
    keys = [
        spec().key_json,
        spec(part=Sandwich(expand=2)).key_json,
        spec(inputs=((8, 4, 5),)).key_json,
        spec(activation="hswish").key_json,
        spec(norm_eps=1e-6).key_json,
    ]
    assert len(set(keys)) == len(keys)

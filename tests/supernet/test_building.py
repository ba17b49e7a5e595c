"""Operators as modules: every registered part is built as its cost says."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from search_space import ATTENTION, HEADS, SPACES, OperatorSpec, arch_cost, named_space
from search_space.blocks import BLOCKS
from search_space.downsamples import DOWNSAMPLES
from supernet import build, build_operator
from supernet.doctor.around import space_around
from supernet.layers import ACTIVATIONS


@pytest.mark.parametrize("name", SPACES)
def test_smooth_elements_are_what_passes_the_activation(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    passed = list[int]()

    def counting(x: torch.Tensor) -> torch.Tensor:
        passed.append(x[0].numel() * (len(x) if x.ndim == 4 else 1))  # windows are stacked along the batch
        return F.hardswish(x)

    monkeypatch.setitem(ACTIVATIONS, "hswish", counting)
    space, rng, smooth = named_space(name), np.random.default_rng(0), 0
    for arch in [space.sample(rng) for _ in range(6)]:
        gated = replace(arch, activation="hswish")
        assert arch_cost(replace(arch, activation="relu")).smooth_elements == 0
        passed.clear()
        with torch.inference_mode():
            build(gated, seed=0).eval()(torch.zeros(1, gated.in_channels, *gated.resolution))
        smooth += sum(passed)
        assert arch_cost(gated).smooth_elements == sum(passed)
    assert smooth > 0


def parameters(op: OperatorSpec) -> int:
    with torch.device("meta"):
        return sum(parameter.numel() for parameter in build_operator(op).parameters())


@pytest.mark.parametrize("kind", BLOCKS)
def test_blocks_have_the_parameters_and_the_shape_of_their_description(kind: str) -> None:
    choices = BLOCKS[kind].small()
    *_, part = choices.covering(None)
    op = OperatorSpec(part=part, inputs=((12, 5, 7),), out_channels=12)
    assert parameters(op) == op.cost.parameters
    assert build_operator(op).eval()(torch.zeros(1, 12, 5, 7)).shape == (1, *op.output) == (1, 12, 5, 7)


@pytest.mark.parametrize("kind", DOWNSAMPLES)
def test_downsamples_have_the_parameters_and_the_shape_of_their_description(kind: str) -> None:
    op = OperatorSpec(part=DOWNSAMPLES[kind].small(), inputs=((12, 5, 7),), out_channels=10)
    assert parameters(op) == op.cost.parameters
    assert build_operator(op).eval()(torch.zeros(1, 12, 5, 7)).shape == (1, *op.output)


@pytest.mark.parametrize("kind", HEADS)
def test_heads_have_the_parameters_and_the_shape_of_their_description(kind: str) -> None:
    head = HEADS[kind].small()
    shapes = tuple((12, side, side) for side in (2, 3, 5)[: len(head.strides) or 1])
    op = OperatorSpec(part=head, inputs=shapes, out_channels=head.classes)
    assert parameters(op) == op.cost.parameters
    out = build_operator(op).eval()(*(torch.zeros(1, *shape) for shape in shapes))
    assert (*out.shape, 1, 1)[:4] == (1, *op.output)


@pytest.mark.parametrize("kind", ATTENTION)
def test_attention_has_the_parameters_of_its_cost(kind: str) -> None:
    space = space_around(kind)
    attended = [level for level in space.largest().levels if level.attention is not None]
    for block in [block for level in attended for block in level.blocks]:
        op = OperatorSpec(part=block.at((24, 5, 7)), inputs=((24, 5, 7),), out_channels=24)
        assert parameters(op) == op.cost.parameters
    assert attended

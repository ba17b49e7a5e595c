"""Multiply-adds as an objective."""

import numpy as np
import torch
from torch import nn

from nas.search.networks import OtherNetwork
from nas.search.objectives.macs import MACS
from search_space import SearchSpace
from supernet import build


def test_they_are_the_sum_of_all_kinds_and_nothing_else() -> None:
    names = ("macs_dense", "macs_pointwise", "macs_grouped", "macs_attention", "weights", "activations", "parameters")
    columns = {name: np.array([10.0**place, 0.0]) for place, name in enumerate(names)}
    assert MACS.formula(columns).tolist() == [1111.0, 0.0]


def test_without_attention_they_are_those_of_the_convolutions_and_linear_layers(tiny_space: SearchSpace) -> None:
    """Counted from the shapes that pass through the built network."""
    rng = np.random.default_rng(0)
    arch = next(
        each for each in iter(lambda: tiny_space.sample(rng), None) if all(lv.attention is None for lv in each.levels)
    )
    counted = list[int]()

    def count(module: nn.Module, _: object, output: torch.Tensor) -> None:
        places = output[0, 0].numel() if output.dim() == 4 else 1
        counted.append(places * module.weight.numel())  # type: ignore[operator,union-attr]

    network = build(arch).eval()
    for part in network.modules():
        if isinstance(part, nn.Conv2d | nn.Linear):
            part.register_forward_hook(count)
    with torch.inference_mode():
        network(torch.zeros(1, arch.in_channels, *arch.resolution))
    assert MACS.of(arch) == sum(counted)


def test_of_another_library_as_published(other: OtherNetwork) -> None:
    assert MACS.of(other) == 100_000_000

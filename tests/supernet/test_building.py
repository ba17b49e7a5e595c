"""Costs against what the built modules do."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from search_space import SPACES, arch_cost, named_space
from supernet import build
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

"""Convolutional bodies: what they hand on, counted in norms, and gates by hand."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from supernet.bottlenecks import FeedForward, FusedBottleneck, InvertedBottleneck, SqueezeExcite, depthwise

Copying = Callable[[nn.Module], nn.Module]
SETTINGS: dict[str, Any] = {"activation": "relu", "norm_eps": 0.21, "zero_gamma": False}


@pytest.mark.parametrize(
    ("body", "fewer_norm", "norms"),
    [
        (InvertedBottleneck, False, 3),
        (InvertedBottleneck, True, 1),
        (FusedBottleneck, False, 2),
        (FusedBottleneck, True, 1),
    ],
)
@pytest.mark.parametrize("stride", [1, 2])
@torch.no_grad()
def test_copying_bodies(
    copying: Copying, odd_map: Tensor, body: type[nn.Module], fewer_norm: bool, norms: int, stride: int
) -> None:
    module = body(4, 2, expand=2, kernel=5, stride=stride, fewer_norm=fewer_norm, **SETTINGS)
    found = copying(module)(odd_map)
    assert torch.allclose(found, odd_map[:, :2, ::stride, ::stride] / 1.1**norms)


@pytest.mark.parametrize("body", [InvertedBottleneck, FusedBottleneck])
def test_fewer_norms_leave_biases(body: type[nn.Module]) -> None:
    units = dict(body(4, 4, expand=2, fewer_norm=True, **SETTINGS).named_children())
    last = units.pop("project")
    assert last.norm is not None
    assert last.conv.bias is None
    for unit in units.values():
        assert unit.norm is None
        assert unit.conv.bias is not None


@torch.no_grad()
def test_feed_forward_and_depthwise(copying: Copying, odd_map: Tensor) -> None:
    assert torch.allclose(copying(FeedForward(4, 3, **SETTINGS))(odd_map), odd_map / 1.21)
    unit = depthwise(4, 5, norm_eps=0.21, zero_gamma=False)
    assert torch.allclose(copying(unit)(-odd_map), -odd_map / 1.1)
    assert unit.conv.weight.shape == (4, 1, 5, 5)


@torch.no_grad()
def test_gates_follow_the_mean_of_the_map() -> None:
    """Channel 0 averages 2, channel 1 -2: after ReLU and sigmoid they are gated by sigmoid(2) and 1/2."""
    module = SqueezeExcite(2)
    assert module.fc1.out_channels == 8
    for layer in (module.fc1, module.fc2):
        nn.init.zeros_(layer.weight)
        nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
        for channel in range(2):
            layer.weight[channel, channel] = 1
    x = torch.stack([torch.tensor([[1.0, 3.0]]), torch.tensor([[-4.0, 0.0]])])[None]
    gates = torch.tensor([1 / (1 + torch.e**-2), 0.5]).reshape(1, 2, 1, 1)
    assert torch.allclose(module(x), x * gates)

"""Layers: sizes, shortcuts, and what every parameter starts as."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from supernet.layers import ACTIVATIONS, ConvUnit, Residual, fill, initial_values, initialise


@pytest.mark.parametrize(("height", "width"), [(1, 1), (5, 8), (7, 7)])
@pytest.mark.parametrize("kernel", [1, 3, 5, 7])
@pytest.mark.parametrize("stride", [1, 2])
def test_sizes_are_rounded_up(height: int, width: int, kernel: int, stride: int) -> None:
    out = ConvUnit(2, 3, kernel, stride=stride).eval()(torch.zeros(1, 2, height, width))
    assert out.shape == (1, 3, -(-height // stride), -(-width // stride))


@torch.no_grad()
def test_convolution_norm_and_activation_by_hand() -> None:
    unit = ConvUnit(1, 1, activation="relu", norm_eps=0.25).eval()
    unit.conv.weight.fill_(3)
    assert unit.norm is not None
    unit.norm.bias.fill_(1)
    found = unit(torch.tensor([1.0, -1.0]).reshape(1, 1, 1, 2)).flatten()
    assert found.tolist() == pytest.approx([1 + 3 / 1.25**0.5, 0])
    assert ConvUnit(1, 1, norm=False, bias=True).norm is None


@pytest.mark.parametrize(
    ("name", "expected"), [("hswish", [0, -1 / 3, 4]), ("relu", [0, 0, 4]), ("none", [-4, -1, 4])]
)
def test_activations_by_hand(name: str, expected: list[float]) -> None:
    assert ACTIVATIONS[name](torch.tensor([-4.0, -1.0, 4.0])).tolist() == pytest.approx(expected)


def test_gelu_is_the_one_by_tanh() -> None:
    x = torch.linspace(-3, 3, 7)
    expected = 0.5 * x * (1 + torch.tanh((2 / torch.pi) ** 0.5 * (x + 0.044715 * x**3)))
    assert torch.allclose(ACTIVATIONS["gelu_tanh"](x), expected, atol=1e-6)
    assert not torch.allclose(ACTIVATIONS["gelu_tanh"](x), F.gelu(x), atol=1e-6)


def test_a_shortcut_adds_the_input() -> None:
    x = torch.randn(1, 2, 3, 3)
    assert torch.equal(Residual(nn.Identity())(x), 2 * x)


def test_what_parameters_start_as() -> None:
    module = nn.ModuleDict({"unit": ConvUnit(2, 4, zero_gamma=True), "plain": ConvUnit(2, 4), "out": nn.Linear(4, 3)})
    module.register_parameter("biases", nn.Parameter(torch.zeros(2)))
    assert initial_values(module) == {
        "biases": "zero",
        "unit.conv.weight": "he",
        "unit.norm.weight": "zero",
        "unit.norm.bias": "zero",
        "plain.conv.weight": "he",
        "plain.norm.weight": "one",
        "plain.norm.bias": "zero",
        "out.weight": "small",
        "out.bias": "zero",
    }
    initialise(module)
    assert not module.get_parameter("unit.norm.weight").any()
    assert (module.get_parameter("plain.norm.weight") == 1).all()


def test_spreads_of_start_values() -> None:
    """He: variance 2 over the fan-in of 8 x 3 x 3; linear layers 0.02."""
    torch.manual_seed(0)
    he, small = torch.empty(2000, 8, 3, 3), torch.empty(300, 400)
    fill(he, "he")
    fill(small, "small")
    assert float(he.std()) == pytest.approx((2 / 72) ** 0.5, rel=0.02)
    assert float(small.std()) == pytest.approx(0.02, rel=0.02)
    assert abs(float(small.mean())) < 0.001

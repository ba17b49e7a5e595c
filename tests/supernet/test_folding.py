"""Folding: the same function with fewer layers."""

import numpy as np
import pytest
import torch

from search_space import arch_cost, named_space, published
from supernet import Network, build, fold_batch_norms
from supernet.layers import ConvUnit


@pytest.mark.parametrize("seed", range(4))
def test_folding_changes_nothing_but_the_layers(seed: int) -> None:
    space = named_space("digits")
    arch = space.sample(np.random.default_rng(seed))
    network = build(arch, seed=seed)
    network.train()(torch.randn(16, 1, 32, 32))  # batch-norm statistics other than 0 and 1
    images = torch.randn(2, 1, 32, 32)
    with torch.no_grad():
        expected, found = network.eval()(images), fold_batch_norms(network)(images)
    assert (found - expected).abs().max() <= 1e-5 * expected.abs().max()
    folded = fold_batch_norms(network)
    assert not any(isinstance(part, torch.nn.BatchNorm2d | torch.nn.BatchNorm1d) for part in folded.modules())


@torch.no_grad()
def test_one_convolution_by_hand() -> None:
    """y = 3 (2 x - 4) / sqrt(9) + 5 = 2 x + 1, the epsilon aside."""
    unit = ConvUnit(1, 1, norm_eps=1e-12).eval()
    assert unit.norm is not None
    unit.conv.weight.fill_(2)
    unit.norm.running_mean.fill_(4)  # type: ignore[union-attr]
    unit.norm.running_var.fill_(9)  # type: ignore[union-attr]
    unit.norm.weight.fill_(3)
    unit.norm.bias.fill_(5)
    folded = fold_batch_norms(unit)
    assert folded.norm is None
    assert folded.conv.bias is not None
    assert (float(folded.conv.weight), float(folded.conv.bias)) == pytest.approx((2, 1))
    assert unit.norm is not None  # the original stays as it was


@pytest.mark.parametrize("name", ["mit-b0", "msra-m0"])
def test_what_is_left_are_the_weights_of_the_cost_model(name: str) -> None:
    """Tables of biases count as the pairs that they are expanded to, which folding does not do."""
    arch = published(name)
    folded = fold_batch_norms(build(arch, seed=0))
    tables = [value for key, value in folded.named_parameters() if key.endswith("biases")]
    expanded = sum(heads * distances**2 - heads * distances for heads, distances in (table.shape for table in tables))
    found = sum(parameter.numel() for parameter in folded.parameters()) + expanded
    assert found == arch_cost(arch).weights
    assert isinstance(folded, Network)

"""The supernet computes what the extracted network computes, bit for bit, and every parameter is used."""

import numpy as np
import pytest
import torch

from search_space import SearchSpace, named_space, operators, published
from supernet import Supernet
from supernet.coordinates import take


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("calibrated", [False, True])
def test_supernet_equals_extracted_network_to_the_bit(tiny_space: SearchSpace, seed: int, calibrated: bool) -> None:
    arch = tiny_space.sample(np.random.default_rng(seed))
    supernet = Supernet(tiny_space, seed=seed).eval()
    images = torch.randn(3, 1, 16, 16, generator=torch.Generator().manual_seed(seed))
    if calibrated:
        supernet.calibrate(arch, [torch.randn(8, 1, 16, 16)])
    with torch.no_grad():
        assert torch.equal(supernet(images, arch), supernet.extract(arch)(images))


def test_digits_members_equal_their_extracted_networks() -> None:
    space = named_space("digits")
    supernet, rng = Supernet(space).eval(), np.random.default_rng(0)
    images = torch.randn(2, 1, 32, 32)
    for arch in (space.largest(), space.smallest(), *(space.sample(rng) for _ in range(4))):
        with torch.no_grad():
            assert torch.equal(supernet(images, arch), supernet.extract(arch)(images))


def test_training_mode_equals_extracted_network(tiny_space: SearchSpace) -> None:
    arch, images = tiny_space.largest(), torch.randn(4, 1, 16, 16)
    supernet = Supernet(tiny_space).train()
    assert torch.equal(supernet(images, arch), supernet.extract(arch).train()(images))


def test_gradient_of_a_member_is_the_gradient_of_its_network(tiny_space: SearchSpace) -> None:
    arch, images = tiny_space.sample(np.random.default_rng(5)), torch.randn(4, 1, 16, 16)
    supernet = Supernet(tiny_space).train()
    network = supernet.extract(arch)
    slices = supernet.parameters_for(arch)
    names = list(slices)
    expected = torch.autograd.grad(network(images).square().sum(), [network.get_parameter(n) for n in names])
    supernet(images, arch).square().sum().backward()
    read = supernet.shared_keys(arch)
    total = sum(float(supernet.shared[key].grad.double().square().sum()) for key in read)  # type: ignore[union-attr]
    assert total == pytest.approx(sum(float(g.double().square().sum()) for g in expected), rel=1e-4)
    untouched = [key for key, p in supernet.shared.items() if p.grad is not None and key not in read]
    assert untouched == []


def test_every_shared_value_is_reached_by_some_member(tiny_space: SearchSpace) -> None:
    supernet = Supernet(tiny_space).train()
    reached = {key: torch.zeros_like(parameter) for key, parameter in supernet.shared.items()}
    rng = np.random.default_rng(0)
    for _ in range(300):
        arch = tiny_space.sample(rng)
        for path, op in operators(arch):
            for _, key, rules in supernet._rules_for(path, op):
                index = torch.arange(reached[key].numel()).reshape(reached[key].shape)
                reached[key].view(-1)[take(index, rules).reshape(-1)] = 1
    assert [key for key, mask in reached.items() if not mask.all()] == []


def test_a_stranger_is_refused(tiny_space: SearchSpace) -> None:
    with pytest.raises(ValueError, match=r"is larger than space tiny allows|is not in space tiny"):
        Supernet(tiny_space).parameters_for(published("mit-b0"))

"""The supernet computes what the extracted network computes, bit for bit, and every parameter is used."""

import numpy as np
import pytest
import torch

from search_space import PUBLISHED, SPACES, SearchSpace, arch_cost, named_space, operators, published
from supernet import Network, Supernet, build, fold_batch_norms
from supernet.coordinates import pick, take, union


@pytest.mark.parametrize("name", PUBLISHED)
def test_built_parameters_equal_the_cost_model(name: str) -> None:
    with torch.device("meta"):
        network = Network(published(name))
    assert sum(parameter.numel() for parameter in network.parameters()) == arch_cost(published(name)).parameters


@pytest.mark.parametrize("name", SPACES)
def test_random_members_have_the_parameters_of_the_cost_model(name: str) -> None:
    space, rng = named_space(name), np.random.default_rng(0)
    for _ in range(10):
        arch = space.sample(rng)
        with torch.device("meta"):
            network = Network(arch)
        assert sum(p.numel() for p in network.parameters()) == arch_cost(arch).parameters


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


def test_scale_branches_share_projection_columns_by_scale() -> None:
    whole = tuple((scale, head, 0) for scale in (0, 3, 5) for head in range(2))
    part = tuple((scale, head, 0) for scale in (0, 5) for head in range(2))
    rule = pick(part, whole)
    assert isinstance(rule, torch.Tensor)
    assert rule.tolist() == [0, 1, 4, 5]


def test_smaller_kernels_are_centre_crops() -> None:
    assert pick(range(-1, 2), range(-2, 3)) == range(1, 4)
    assert union([range(-1, 2), range(-2, 3)]) == range(-2, 3)


def test_a_stranger_is_refused(tiny_space: SearchSpace) -> None:
    with pytest.raises(ValueError, match=r"is larger than space tiny allows|is not in space tiny"):
        Supernet(tiny_space).parameters_for(published("mit-b0"))


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


def test_build_is_reproducible_by_seed() -> None:
    first, second = (build(named_space("digits").smallest(), seed=3).state_dict() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize(("name", "size"), [("mit-b0", 224), ("msra-m0", 224), ("mit-b0", 96), ("msra-m0", 256)])
def test_published_models_run_at_any_size(name: str, size: int) -> None:
    with torch.no_grad():
        logits = build(published(name), seed=0).eval()(torch.randn(1, 3, size, size))
    assert logits.shape == (1, 1000)
    assert logits.isfinite().all()


def test_segmentation_and_backbone_outputs() -> None:
    with torch.no_grad():
        maps = build(published("mit-b0-seg-cityscapes"), seed=0).eval()(torch.randn(1, 3, 64, 128))
        features = build(published("mit-l0"), seed=0).eval()(torch.randn(1, 3, 64, 64))
    assert maps.shape == (1, 19, 8, 16)
    assert {stride: tuple(x.shape[1:]) for stride, x in features.items()}[32] == (512, 2, 2)

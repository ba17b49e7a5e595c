"""A network trained alone: it learns, the same from the same seed, for as many steps as it is told."""

import torch

from search_space import SearchSpace
from supernet import ImageData, TrainConfig, network_score, train_alone


def test_it_learns_and_repeats(tiny_space: SearchSpace, few_digits: ImageData) -> None:
    arch = tiny_space.largest()
    config = TrainConfig(batch=32, passes=24, learning_rate=0.01, seed=1, augment=False)
    first = train_alone(arch, few_digits, config)
    assert not first.training
    assert network_score(first, few_digits).value > 30  # of ten classes
    short = TrainConfig(batch=32, passes=2, seed=1)
    one, two = (train_alone(arch, few_digits, short).state_dict() for _ in range(2))
    assert all(torch.equal(value, two[name]) for name, value in one.items())


def test_statistics_are_those_of_the_calibration_images(tiny_space: SearchSpace, few_digits: ImageData) -> None:
    """Not what is left of the batches, so that it is judged as a sub-network is."""
    network = train_alone(tiny_space.smallest(), few_digits, TrainConfig(batch=32, passes=1))
    stem = network.levels["2"].downsample
    batches = few_digits.calibration_batches(resolution=16)
    means = torch.stack([stem.conv(images).mean(dim=(0, 2, 3)) for images in batches])  # type: ignore[operator, union-attr]
    assert torch.allclose(stem.norm.running_mean, means.mean(dim=0), atol=1e-5)  # type: ignore[union-attr, arg-type]

"""A few small digits, and a supernet of the tiny space that learned from them, made once."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from search_space import Genotype, SearchSpace, arch_cost
from supernet import FairSampler, ImageData, TrainConfig, load_dataset, train
from supernet.data.augmentation import DIGITS
from supernet.strategies import StepContext

CONFIG = TrainConfig(epochs=2, batch=32, recipe="sandwich", seed=1)


@pytest.fixture(scope="session")
def few_digits() -> ImageData:
    """128 training and 40 held-out digits of 16 pixels, as the tiny space takes them."""
    data = load_dataset("digits")
    return ImageData(
        name="digits",
        train_images=F.avg_pool2d(data.train_images[:128], 2),
        train_labels=data.train_labels[:128],
        test_images=F.avg_pool2d(data.test_images[:40], 2),
        test_labels=data.test_labels[:40],
        classes=10,
        augmentation=DIGITS,
    )


@pytest.fixture(scope="session")
def config() -> TrainConfig:
    """Eight steps of the sandwich rule."""
    return CONFIG


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, tiny_space: SearchSpace, few_digits: ImageData) -> Path:
    """A trained supernet; nobody may change what is in the folder. `load_supernet` needs `named_tiny` beside it."""
    folder = tmp_path_factory.mktemp("supernet")
    train(tiny_space, few_digits, folder, CONFIG, probes=1)
    return folder


@pytest.fixture(scope="session")
def context() -> Callable[..., StepContext]:
    """What a strategy sees: a fair sampler, parameters for losses, multiply-adds for costs."""

    def made(space: SearchSpace, progress: float, first_draw: int = 0) -> StepContext:
        return StepContext(
            progress=progress,
            first_draw=first_draw,
            draw=FairSampler(space=space, seed=3).draw,
            loss=lambda arch: float(arch_cost(arch).parameters),
            cost=lambda arch: float(arch_cost(arch).macs),
        )

    return made


@pytest.fixture(scope="session")
def check_fair() -> Callable[[SearchSpace, Sequence[Genotype]], None]:
    """Genes that are written back as they were drawn have each choice equally often."""

    def check(space: SearchSpace, drawn: Sequence[Genotype]) -> None:
        for position, gene in enumerate(space.genes):
            if gene.name.split(".")[-1] in ("width", "depth", "attention", "downsample"):
                counts = Counter(genotype[position] for genotype in drawn)
                assert set(counts.values()) == {len(drawn) // len(gene.choices)}

    return check


@torch.no_grad()
def _copying(module: nn.Module) -> nn.Module:
    """Convolutions that hand their input on, norms that only divide by sqrt(1 + epsilon), in evaluation mode."""
    for part in module.modules():
        if isinstance(part, nn.Conv2d):
            per_group = part.in_channels // part.groups
            part.weight.zero_()
            for out in range(part.out_channels):
                part.weight[out, out % per_group, part.kernel_size[0] // 2, part.kernel_size[1] // 2] = 1
            if part.bias is not None:
                part.bias.zero_()
        elif isinstance(part, nn.BatchNorm2d):
            nn.init.ones_(part.weight)
            nn.init.zeros_(part.bias)
            part.reset_running_stats()
    return module.eval()


@pytest.fixture(scope="session")
def copying() -> Callable[[nn.Module], nn.Module]:
    """`copying(module)`: with an epsilon of 0.21 every norm divides by 1.1, so that an output counts its norms."""
    return _copying


@pytest.fixture
def odd_map() -> Tensor:
    """Two positive maps of 4 channels, 5 x 7 pixels."""
    return torch.rand((2, 4, 5, 7), generator=torch.Generator().manual_seed(0)) + 0.1

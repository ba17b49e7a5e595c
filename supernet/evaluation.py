"""Accuracy of sub-networks with inherited weights."""

from collections.abc import Iterable

import torch
from torch import Tensor

from search_space import ArchConfig, SearchSpace
from supernet.data import DataSource
from supernet.network import Network
from supernet.supernet import Supernet


def evaluate(supernet: Supernet, arch: ArchConfig, data: DataSource) -> float:
    """Top-1 accuracy in percent on the held-out images, with batch-norm statistics re-estimated first."""
    supernet.calibrate(arch, data.calibration_batches(resolution=input_side(arch)))
    return network_accuracy(supernet.eval().extract(arch), data)


def check_fits(space: SearchSpace, data: DataSource) -> None:
    """Refuse data whose images or labels the networks of a trained supernet's space do not take.

    Raises:
        ValueError: another number of channels or classes.
    """
    first = space.smallest()
    classes = first.head.classes if first.head else 0
    if first.in_channels != data.channels or classes != data.classes:
        raise ValueError(
            f"space {space.name} takes {first.in_channels}-channel images of {classes} classes; "
            f"data {data.name} has {data.channels} and {data.classes}"
        )


def input_side(arch: ArchConfig) -> int:
    """Height and width of the network's images.

    Raises:
        ValueError: they differ.
    """
    height, width = arch.resolution
    if height != width:
        raise ValueError(f"data sets give square images; {arch.arch_id} takes {height}x{width}")
    return height


@torch.no_grad()
def network_accuracy(network: Network, data: DataSource, *, batch: int = 180) -> float:
    """Top-1 accuracy in percent of a network on the held-out images."""
    return accuracy_on(network, data.test_batches(batch=batch, resolution=input_side(network.arch)))


@torch.no_grad()
def accuracy_on(network: Network, batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    """Top-1 accuracy in percent of a network on labelled images."""
    network.eval()
    device = next(network.parameters()).device
    right = seen = 0
    for images, labels in batches:
        right += int((network(images.to(device)).argmax(dim=1).cpu() == labels).sum())
        seen += len(labels)
    return 100 * right / seen

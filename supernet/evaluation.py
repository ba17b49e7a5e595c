"""How well sub-networks do with inherited weights, by the metric of the data's task."""

from collections.abc import Iterable

import torch
from torch import Tensor

from search_space import ArchConfig, SearchSpace
from supernet.data import DataSource
from supernet.network import Network
from supernet.supernet import Supernet
from supernet.tasks import Score, Scorer, task_of


def evaluate(supernet: Supernet, arch: ArchConfig, data: DataSource) -> Score:
    """A sub-network on the held-out images, with batch-norm statistics re-estimated first."""
    supernet.calibrate(arch, data.calibration_batches(resolution=input_side(arch)))
    return network_score(supernet.eval().extract(arch), data)


def check_fits(space: SearchSpace, data: DataSource) -> None:
    """Refuse data whose images or labels the networks of a trained supernet's space do not take.

    Raises:
        ValueError: another number of channels or classes, or heads that are for another task.
    """
    first = space.smallest()
    classes = first.head.classes if first.head else 0
    if first.in_channels != data.channels or classes != data.classes:
        raise ValueError(
            f"space {space.name} takes {first.in_channels}-channel images of {classes} classes; "
            f"data {data.name} has {data.channels} and {data.classes}"
        )
    check_heads(space, data)


def check_heads(space: SearchSpace, data: DataSource) -> None:
    """Refuse a space whose networks do not answer what the data ask.

    Raises:
        ValueError: a head that is not for the data's task.
    """
    task = task_of(data)
    for head in space.heads:
        if not task.accepts(head):
            raise ValueError(f"data {data.name} are for {task.name}; space {space.name} has a {head.type} head")


def input_side(arch: ArchConfig) -> int:
    """Height and width of the network's images.

    Raises:
        ValueError: they differ.
    """
    height, width = arch.resolution
    if height != width:
        raise ValueError(f"data sets give square images; {arch.arch_id} takes {height}x{width}")
    return height


def network_score(network: Network, data: DataSource, *, batch: int = 180) -> Score:
    """A network on the held-out images."""
    batches = data.test_batches(batch=batch, resolution=input_side(network.arch))
    return score_on(network, batches, task_of(data).scorer(data))


@torch.no_grad()
def score_on(network: Network, batches: Iterable[tuple[Tensor, Tensor]], scorer: Scorer) -> Score:
    """A network on labelled images, in evaluation mode."""
    network.eval()
    device = next(network.parameters()).device
    for images, labels in batches:
        scorer.add(network(images.to(device)), labels)
    return scorer.score()

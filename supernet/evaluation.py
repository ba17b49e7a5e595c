"""Accuracy of sub-networks with inherited weights."""

import torch

from search_space import ArchConfig
from supernet.data import ImageData
from supernet.network import Network
from supernet.supernet import Supernet


def evaluate(supernet: Supernet, arch: ArchConfig, data: ImageData) -> float:
    """Top-1 accuracy in percent on the held-out images, with batch-norm statistics re-estimated first."""
    supernet.calibrate(arch, data.calibration_batches())
    return network_accuracy(supernet.eval().extract(arch), data)


@torch.no_grad()
def network_accuracy(network: Network, data: ImageData, *, batch: int = 180) -> float:
    """Top-1 accuracy in percent of a network on the held-out images."""
    network.eval()
    right = 0
    for images, labels in zip(data.test_images.split(batch), data.test_labels.split(batch), strict=True):
        right += int((network(images).argmax(dim=1) == labels).sum())
    return 100 * right / len(data.test_labels)

"""Batch-norm statistics of a network, re-estimated: those of shared weights, or of the end of a run, mean nothing."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from supernet.network import Network


@torch.no_grad()
def re_estimate(network: Network, batches: Iterable[Tensor]) -> None:
    """Set the statistics to the cumulative average over image batches; leaves the network in training mode.

    Eight batches do; an exponential average over so few leaves sub-networks at chance.
    """
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None  # PyTorch's cumulative average
    network.train()
    device = next(network.parameters()).device
    for images in batches:
        network(images.to(device))

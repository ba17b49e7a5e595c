"""The batches of a run, by step, and the optimiser: the same for a supernet and for a network trained alone."""

from collections.abc import Iterable, Iterator

import torch
from torch import Tensor

from supernet.data import DataSource, batches_per_epoch
from supernet.tasks import Batch, task_of
from supernet.training.cluster import Cluster
from supernet.training.config import TrainConfig


def steps_per_epoch(data: DataSource, config: TrainConfig, cluster: Cluster) -> int:
    """Optimiser steps in which the processes go through the training images once.

    Raises:
        ValueError: there are too few images for one step.
    """
    batches = batches_per_epoch(data.train_count, batch=config.batch, world=cluster.world)
    if batches < config.accumulate:
        raise ValueError(
            f"a step of {config.accumulate} micro-batches of {config.batch} on {cluster.world} process(es) takes "
            f"more than the {data.train_count} training images of {data.name}"
        )
    return batches // config.accumulate


def step_batches(
    data: DataSource, config: TrainConfig, cluster: Cluster, *, start: int, per_epoch: int, resolution: int
) -> Iterator[list[Batch]]:
    """This process's micro-batches of each step from `start` on, for ever."""
    epoch, done = divmod(start, per_epoch)
    while True:
        source = data.train_batches(
            epoch=epoch,
            batch=config.batch,
            seed=config.seed,
            start=done * config.accumulate,
            rank=cluster.rank,
            world=cluster.world,
            resolution=resolution,
        )
        for step in range(done, per_epoch):
            indices = range(step * config.accumulate, (step + 1) * config.accumulate)
            yield [_prepared(*next(source), data, config, cluster, epoch=epoch, index=index) for index in indices]
        epoch, done = epoch + 1, 0


def _prepared(
    images: Tensor, labels: Tensor, data: DataSource, config: TrainConfig, cluster: Cluster, *, epoch: int, index: int
) -> Batch:
    number = index * cluster.world + cluster.rank  # among the batches of all processes
    spec = data.augmentation if config.augment else None
    images, targets = task_of(data).batch(images, labels, data, spec, seed=config.seed, epoch=epoch, index=number)
    return images.to(cluster.device), targets.to(cluster.device)


def adamw(parameters: Iterable[Tensor], config: TrainConfig) -> torch.optim.Optimizer:
    """AdamW without decay of scales and biases."""
    every = list(parameters)
    groups = [
        {"params": [p for p in every if p.ndim > 1], "weight_decay": config.weight_decay},
        {"params": [p for p in every if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=config.learning_rate)

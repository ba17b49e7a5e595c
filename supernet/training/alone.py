"""Training one network alone, with the data, the augmentation and the optimiser of a supernet's run."""

from torch import nn

from search_space import ArchConfig
from supernet.data import DataSource
from supernet.evaluation import input_side
from supernet.network import Network, build
from supernet.statistics import re_estimate
from supernet.tasks import task_of
from supernet.training.batches import adamw, step_batches, steps_per_epoch
from supernet.training.cluster import Cluster
from supernet.training.config import TrainConfig


def train_alone(arch: ArchConfig, data: DataSource, config: TrainConfig) -> Network:
    """The network of `arch` after `config.epochs` epochs on the labels, or after `config.passes` steps.

    Batch-norm statistics are re-estimated as for sub-networks, so that both are judged alike.
    """
    here, task = Cluster(), task_of(data)
    per_epoch = steps_per_epoch(data, config, here)
    steps = config.passes or config.epochs * per_epoch
    network = build(arch, seed=config.seed).to(here.device)
    optimiser = adamw(network.parameters(), config)
    source = step_batches(data, config, here, start=0, per_epoch=per_epoch, resolution=input_side(arch))
    for step, batches in zip(range(steps), source, strict=False):
        for group in optimiser.param_groups:
            group["lr"] = config.rate(step, steps)
        optimiser.zero_grad(set_to_none=True)
        for images, targets in batches:
            (task.loss(network(images), targets) / len(batches)).backward()
        nn.utils.clip_grad_norm_(network.parameters(), config.max_gradient_norm)
        optimiser.step()
    re_estimate(network, data.calibration_batches(resolution=input_side(arch)))
    return network.eval()

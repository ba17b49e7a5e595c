"""The processes that train together: one, or those that torchrun or Ray Train started.

Every process draws the same sub-networks and has batches of its own; after the passes of a step the gradients are
averaged. `DistributedDataParallel` reduces after each backward pass and leaves out what the last pass did not use,
while here a step has several passes over different parts of the weights: so the gradients are reduced once a step, in
one flat tensor.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """Which process this is, of how many."""

    rank: int = 0
    world: int = 1

    @classmethod
    def join(cls) -> "Cluster":
        """The process group that exists, or the one that torchrun's environment describes, or this process alone."""
        if not dist.is_available():
            return cls()
        if not dist.is_initialized() and "RANK" in os.environ and "MASTER_ADDR" in os.environ:
            dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
        if not dist.is_initialized():
            return cls()
        return cls(rank=dist.get_rank(), world=dist.get_world_size())

    @property
    def first(self) -> bool:
        """Whether this process writes the files and talks."""
        return self.rank == 0

    @property
    def device(self) -> torch.device:
        """The GPU of this process where there is one."""
        if not torch.cuda.is_available():
            return torch.device("cpu")
        return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")) % torch.cuda.device_count())

    def average(self, tensors: Iterable[Tensor]) -> None:
        """Replace each tensor by its mean over the processes, in place."""
        if self.world == 1:
            return
        together = list(tensors)
        flat = torch.cat([tensor.reshape(-1) for tensor in together])
        dist.all_reduce(flat)
        flat /= self.world
        for tensor, part in zip(together, flat.split([tensor.numel() for tensor in together]), strict=True):
            tensor.copy_(part.view_as(tensor))

    def wait(self) -> None:
        """Until every process is here."""
        if self.world > 1:
            dist.barrier()

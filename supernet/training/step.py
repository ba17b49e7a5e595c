"""One optimiser step: the passes that the strategy plans, over this process's batches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor

from search_space import ArchConfig, arch_cost
from supernet.data import batch_generator
from supernet.fair import FairSampler
from supernet.strategies import RECIPES, Pass, StepContext
from supernet.strategies.protocol import TEACHER
from supernet.supernet import Supernet
from supernet.tasks import DISTILLATIONS, Batch, Task
from supernet.training.cluster import Cluster
from supernet.training.config import TrainConfig
from supernet.training.ledger import Ledger

_DROPS = 4  # keeps this random stream apart from those of the data


@dataclass(kw_only=True)
class Stepper:
    """Does the passes of a step and leaves the gradients in place."""

    supernet: Supernet
    task: Task
    config: TrainConfig
    cluster: Cluster
    ledger: Ledger
    cost: Callable[[ArchConfig], float] = lambda arch: arch_cost(arch).macs
    _ends: tuple[int, int] = field(init=False)
    _generator: torch.Generator = field(init=False)

    def __post_init__(self) -> None:
        space = self.supernet.space
        self.recipe = RECIPES[self.config.recipe]
        self.strategy = self.recipe.strategy(space)
        self.sampler = FairSampler(space=space, seed=self.config.seed)
        self.divergence = DISTILLATIONS[self.recipe.distillation]
        self._ends = arch_cost(space.smallest()).macs, arch_cost(space.largest()).macs

    def backward(self, batches: Sequence[Batch], *, step: int, progress: float) -> float:
        """Gradients of the mean loss over `batches` and all processes; returns this process's loss of the first pass.

        Raises:
            FloatingPointError: a loss is not finite; names step, architecture and micro-batch.
        """
        self._generator = batch_generator(self.config.seed, _DROPS, step, self.cluster.rank)
        plan = self.strategy.plan(self._context(batches, step, progress))
        total = 0.0
        for index, (images, targets) in enumerate(batches):
            teacher: Tensor | None = None
            for entry in plan:
                outputs = self._outputs(images, entry.arch)
                if entry.target == TEACHER:
                    assert teacher is not None
                    loss = self.task.distillation(outputs, teacher, targets, self.divergence)
                else:
                    loss = self.task.loss(outputs, targets)
                self._check(loss, step, index, entry)
                (loss / len(batches)).backward()
                if teacher is None:
                    teacher, total = outputs.detach(), total + float(loss.detach()) / len(batches)
                self.ledger.trained(entry.arch, entry.role, len(images) * self.cluster.world, *self._ends)
        self.cluster.average(p.grad for p in self.supernet.parameters() if p.grad is not None)
        return total

    def _context(self, batches: Sequence[Batch], step: int, progress: float) -> StepContext:
        return StepContext(
            progress=progress,
            first_draw=step * self.recipe.draws,
            draw=self.sampler.draw,
            loss=lambda arch: self._peek(batches, arch),
            cost=self.cost,
        )

    def _outputs(self, images: Tensor, arch: ArchConfig) -> Tensor:
        """Outputs in float32 for images resized to what `arch` takes."""
        if images.shape[2:] != arch.resolution:
            images = F.interpolate(images, size=arch.resolution, mode="bilinear", align_corners=False, antialias=True)
        if self.config.channels_last:
            images = images.contiguous(memory_format=torch.channels_last)
        with torch.autocast(images.device.type, dtype=torch.bfloat16, enabled=self.config.bf16):
            outputs: Tensor = self.supernet(images, arch, drop_path=self.config.drop_path, generator=self._generator)
        return outputs.float()

    @torch.no_grad()
    def _peek(self, batches: Sequence[Batch], arch: ArchConfig) -> float:
        """Mean loss of a member on the step's batches, those of the other processes included."""
        losses = [self.task.loss(self._outputs(images, arch), targets) for images, targets in batches]
        loss = torch.stack(losses).mean()
        self.cluster.average([loss])
        for images, _ in batches:
            self.ledger.peeked(arch, len(images) * self.cluster.world)
        return float(loss)

    def _check(self, loss: Tensor, step: int, index: int, entry: Pass) -> None:
        if not torch.isfinite(loss):
            where = f"step {step + 1}, micro-batch {index + 1} of process {self.cluster.rank}"
            raise FloatingPointError(
                f"loss is {float(loss.detach())} at {where}, architecture {entry.arch.arch_id} ({entry.role}): "
                f"{entry.arch.to_json()}"
            )

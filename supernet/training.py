"""Supernet training by the sandwich rule with in-place distillation (BigNAS, arXiv 2003.11142, sections 3.1-3.2).

Each step trains the largest member on the labels, then the smallest and random members on the largest one's soft
predictions. Everything random is drawn from the seed and the epoch's number, so a run that was killed and goes on
from its last epoch ends with the same weights, bit for bit, as one that was not.
"""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from search_space import ArchConfig, SearchSpace
from supernet.checkpoint import MANIFEST, load_tensors, read_manifest, restore_weights, save_checkpoint
from supernet.data import DataSource, augment, batches_per_epoch
from supernet.initialise import Initialised, StartingPoint
from supernet.supernet import Supernet


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """How to train; with the same values and seed the weights are the same."""

    epochs: int = 20
    batch: int = 64
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    warm_up_epochs: float = 2.0
    label_smoothing: float = 0.1
    random_members: int = 2
    max_gradient_norm: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")


@dataclass(frozen=True, kw_only=True)
class Progress:
    """State after a step."""

    step: int
    steps: int
    epoch: int
    loss: float
    images_per_second: float


def train(
    space: SearchSpace,
    data: DataSource,
    folder: Path,
    config: TrainConfig,
    on_step: Callable[[Progress], None] = lambda _: None,
    *,
    start_from: StartingPoint | None = None,
    on_init: Callable[[Initialised], None] = lambda _: None,
) -> Supernet:
    """Train a supernet, or go on with the one in `folder`; a finished one is loaded as it is.

    With `start_from`, `space` has to be the starting point's.

    Raises:
        ValueError: `folder` holds another supernet, or a damaged one.
        FloatingPointError: the loss is not finite; names the step and the architecture.
    """
    folder.mkdir(parents=True, exist_ok=True)
    supernet = Supernet(space, seed=config.seed)
    decayed = [p for p in supernet.shared.values() if p.ndim > 1]
    plain = [p for p in supernet.shared.values() if p.ndim <= 1]
    optimiser = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": config.weight_decay}, {"params": plain, "weight_decay": 0.0}],
        lr=config.learning_rate,
    )
    names = {parameter: name for name, parameter in supernet.shared.items()}
    start, history = 0, list[dict[str, float]]()
    run = {
        "space": space.name,
        "classes": data.classes,
        "in_channels": space.in_channels,
        "data": data.name,
        "config": asdict(config),
        "attention_eps": space.attention_eps,
        "start": {"model": start_from.model, "sha256": start_from.sha256} if start_from else None,
    }
    if (folder / MANIFEST).exists():
        start, history = _resume(folder, supernet, optimiser, names, run)
    elif start_from is not None:
        on_init(start_from.initialise(supernet))
    for epoch in range(start, config.epochs):
        loss = _epoch(supernet, data, optimiser, config, epoch, on_step)
        history.append({"epoch": epoch + 1, "loss": loss})
        record = {**run, "epoch": epoch + 1, "history": history}
        tensors = {"weights": dict(supernet.shared.items()), "optimiser": _moments(optimiser, names)}
        save_checkpoint(folder, epoch + 1, tensors, record)
    return supernet.eval()


def _epoch(
    supernet: Supernet,
    data: DataSource,
    optimiser: torch.optim.Optimizer,
    config: TrainConfig,
    epoch: int,
    on_step: Callable[[Progress], None],
) -> float:
    rng = np.random.default_rng([config.seed, epoch])
    generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
    steps_per_epoch = batches_per_epoch(data.train_count, batch=config.batch)
    steps = config.epochs * steps_per_epoch
    losses = []
    supernet.train()
    batches = data.train_batches(
        epoch=epoch, batch=config.batch, seed=config.seed, resolution=supernet.space.resolutions
    )
    for step, (plain, labels) in enumerate(batches, start=epoch * steps_per_epoch):
        began = time.perf_counter()
        for group in optimiser.param_groups:
            group["lr"] = _learning_rate(step, steps, steps_per_epoch, config)
        images = augment(plain, generator)
        members = [supernet.space.smallest()]
        members += [supernet.space.sample(rng) for _ in range(config.random_members)]
        losses.append(_step(supernet, images, labels, members, optimiser, config, step))
        speed = len(labels) / (time.perf_counter() - began)
        on_step(Progress(step=step + 1, steps=steps, epoch=epoch + 1, loss=losses[-1], images_per_second=speed))
    return sum(losses) / len(losses)


def _step(
    supernet: Supernet,
    images: Tensor,
    labels: Tensor,
    members: list[ArchConfig],
    optimiser: torch.optim.Optimizer,
    config: TrainConfig,
    step: int,
) -> float:
    """One optimiser step; returns the largest member's loss."""
    optimiser.zero_grad(set_to_none=True)
    logits = supernet(images, supernet.space.largest())
    loss = F.cross_entropy(logits, labels, label_smoothing=config.label_smoothing)
    _check_finite(loss, step, supernet.space.largest())
    loss.backward()
    soft = logits.detach().softmax(dim=1)
    for arch in members:
        student = F.cross_entropy(supernet(images, arch), soft)
        _check_finite(student, step, arch)
        student.backward()
    torch.nn.utils.clip_grad_norm_(supernet.parameters(), config.max_gradient_norm)
    optimiser.step()
    return float(loss.detach())


def _check_finite(loss: Tensor, step: int, arch: ArchConfig) -> None:
    if not torch.isfinite(loss):
        raise FloatingPointError(f"loss is {float(loss)} at step {step + 1}, architecture {arch.to_json()}")


def _learning_rate(step: int, steps: int, steps_per_epoch: int, config: TrainConfig) -> float:
    """Linear warm-up, then a cosine to 0."""
    warm_up = max(1.0, config.warm_up_epochs * steps_per_epoch)
    if step < warm_up:
        return config.learning_rate * (step + 1) / warm_up
    return config.learning_rate * 0.5 * (1 + math.cos(math.pi * (step - warm_up) / max(1.0, steps - warm_up)))


def _moments(optimiser: torch.optim.Optimizer, names: dict[Tensor, str]) -> dict[str, Tensor]:
    """The optimiser's state as flat tensors: `<parameter>@<moment>`."""
    return {
        f"{names[parameter]}@{kind}": value
        for parameter, state in optimiser.state.items()
        for kind, value in state.items()
    }


def _resume(
    folder: Path,
    supernet: Supernet,
    optimiser: torch.optim.Optimizer,
    names: dict[Tensor, str],
    run: dict[str, Any],
) -> tuple[int, list[dict[str, float]]]:
    manifest = read_manifest(folder)
    for key, value in run.items():
        if manifest.get(key) != value:
            raise ValueError(
                f"{folder} holds a supernet with another {key}; choose another --out or delete that folder"
            )
    restore_weights(supernet, load_tensors(folder, "weights"), str(folder))
    moments = load_tensors(folder, "optimiser")
    for parameter, name in names.items():
        kinds = ("step", "exp_avg", "exp_avg_sq")
        if f"{name}@step" in moments:
            optimiser.state[parameter] = {kind: moments[f"{name}@{kind}"] for kind in kinds}
    return int(manifest["epoch"]), list(manifest["history"])

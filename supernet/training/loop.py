"""Training a supernet: batches, steps, scores on the way, and state that survives a kill.

Everything random is a function of the seed and the step's number. A run that was killed and goes on from its last
checkpoint therefore ends with the same weights as one that was not, bit for bit on a CPU.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from search_space import ArchConfig, SearchSpace, arch_cost
from supernet.data import DataSource
from supernet.evaluation import check_heads, evaluate
from supernet.fair import FairSampler
from supernet.strategies import RECIPES, Strategy
from supernet.supernet import Supernet
from supernet.tasks import Batch, task_of
from supernet.training.batches import adamw, step_batches, steps_per_epoch
from supernet.training.cluster import Cluster
from supernet.training.config import TrainConfig
from supernet.training.state import State, check_space
from supernet.training.step import Stepper
from supernet.training.watch import Log, logging
from supernet.weights.initialise import Initialised, StartingPoint

SAVE_SECONDS = 60.0
PROBES = 4  # random members judged on the way


@dataclass(frozen=True, kw_only=True)
class Progress:
    """State after a step; scores in percent by the data's metric, from the last time they were measured."""

    step: int
    steps: int
    epoch: int
    loss: float
    images_per_second: float
    scores: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Callbacks:
    """What a run tells while it goes."""

    on_step: Callable[[Progress], None] = lambda _: None
    on_init: Callable[[Initialised], None] = lambda _: None


def train(
    space: SearchSpace,
    data: DataSource,
    folder: Path,
    config: TrainConfig,
    callbacks: Callbacks = Callbacks(),
    *,
    start_from: StartingPoint | None = None,
    save_seconds: float = SAVE_SECONDS,
    probes: int = 4,
    cost: Callable[[ArchConfig], float] = lambda arch: arch_cost(arch).macs,
) -> Supernet:
    """Train a supernet, or go on with the one in `folder`; a finished one is loaded as it is.

    With `start_from`, `space` has to be the starting point's. The state is saved every `save_seconds`; scores of the
    largest, the smallest and random members are measured `probes` times. `cost` is what recipes that sample by cost
    call small: multiply-adds, or a predicted latency.

    Raises:
        ValueError: `folder` holds another run or a damaged one, there are too few images or too little disk, or the
            space has a head that is not for the data's task.
        FloatingPointError: the loss is not finite; names the step, the architecture and the batch.
    """
    check_heads(space, data)
    cluster = Cluster.join()
    supernet = Supernet(space, seed=config.seed).to(cluster.device)
    check_space(folder, supernet)
    optimiser = adamw(supernet.shared.values(), config)
    state = State(supernet, optimiser, folder, _run(space, data, config, start_from))
    if not state.resume() and start_from is not None:
        callbacks.on_init(start_from.initialise(supernet))
    per_epoch = steps_per_epoch(data, config, cluster)
    steps = run_length(RECIPES[config.recipe].strategy(space), config, per_epoch)
    stepper = Stepper(
        supernet=supernet, task=task_of(data), config=config, cluster=cluster, ledger=state.ledger, cost=cost
    )
    with ExitStack() as stack:
        log = stack.enter_context(logging(folder, state.step)) if cluster.first else None
        run = _Run(state=state, stepper=stepper, data=data, steps=steps, per_epoch=per_epoch, probes=probes, log=log)
        run.go(callbacks.on_step, save_seconds)
    return finished_supernet(state)


def run_length(strategy: Strategy, config: TrainConfig, per_epoch: int) -> int:
    """Optimiser steps of a run: its epochs, or as many as its passes allow."""
    if config.passes is None:
        return config.epochs * per_epoch
    allowed = config.passes // config.accumulate
    low, high = 1, max(1, allowed)
    while low < high:  # the largest number of steps whose passes fit
        middle = (low + high + 1) // 2
        if sum(strategy.size(step / middle) for step in range(middle)) <= allowed:
            low = middle
        else:
            high = middle - 1
    return low


def finished_supernet(state: State) -> Supernet:
    """The supernet with the weights that are to be judged: the averaged ones where there are any."""
    with torch.no_grad():
        for name, value in state.average.items():
            state.supernet.shared[name].copy_(value)
    return state.supernet.eval()


def _run(
    space: SearchSpace, data: DataSource, config: TrainConfig, start_from: StartingPoint | None
) -> dict[str, Any]:
    """What makes a run this run and not another."""
    return {
        "space": space.name,
        "classes": data.classes,
        "in_channels": space.in_channels,
        "attention_eps": space.attention_eps,
        "conv_norm_eps": space.conv_norm_eps,
        "resolutions": list(space.resolutions),
        "data": data.name,
        "config": asdict(config),
        "start": {"model": start_from.model, "sha256": start_from.sha256} if start_from else None,
    }


@dataclass(kw_only=True)
class _Run:
    """A run under way: what is trained, how far it is to go, and who is told."""

    state: State
    stepper: Stepper
    data: DataSource
    steps: int
    per_epoch: int
    probes: int
    log: Log | None

    def go(self, on_step: Callable[[Progress], None], save_seconds: float) -> None:
        """All steps that are left, with scores, the log and checkpoints on the way."""
        state, config, cluster = self.state, self.stepper.config, self.stepper.cluster
        scores: dict[str, float] = dict(state.history[-1]) if state.history else {}
        saved = time.monotonic()
        batches = self._batches()
        while state.step < self.steps:
            began = time.perf_counter()
            loss = self._step(next(batches))
            state.step += 1
            passed = time.perf_counter() - began
            state.ledger.seconds += passed
            speed = config.batch * config.accumulate * cluster.world / passed
            last = state.step == self.steps
            values = {"passes": float(state.ledger.passes), "loss": loss, "images_per_second": speed}
            if cluster.first and self.probes and (last or state.step % max(1, self.steps // self.probes) == 0):
                scores = self._scores()
                values |= scores
                state.history.append({"step": state.step, **scores})
            if self.log:
                rate = config.rate(state.step - 1, self.steps)
                self.log.add(state.step, {**values, "learning_rate": rate})
            if cluster.first and (last or time.monotonic() - saved > save_seconds):
                state.save(finished=last)
                saved = time.monotonic()
            on_step(
                Progress(
                    step=state.step,
                    steps=self.steps,
                    epoch=(state.step - 1) // self.per_epoch + 1,
                    loss=loss,
                    images_per_second=speed,
                    scores=scores,
                )
            )
        cluster.wait()

    def _step(self, batches: list[Batch]) -> float:
        state, config, optimiser = self.state, self.stepper.config, self.state.optimiser
        for group in optimiser.param_groups:
            group["lr"] = config.rate(state.step, self.steps)
        state.supernet.train()
        optimiser.zero_grad(set_to_none=True)
        loss = self.stepper.backward(batches, step=state.step, progress=state.step / self.steps)
        torch.nn.utils.clip_grad_norm_(state.supernet.parameters(), config.max_gradient_norm)
        optimiser.step()
        state.average_weights(config.averaging(state.step))
        return loss

    def _batches(self) -> Iterator[list[Batch]]:
        return step_batches(
            self.data,
            self.stepper.config,
            self.stepper.cluster,
            start=self.state.step,
            per_epoch=self.per_epoch,
            resolution=max(self.state.supernet.space.resolutions),
        )

    def _scores(self) -> dict[str, float]:
        """Largest, smallest, and the mean of a few random members; draws nothing from what training draws from."""
        state = self.state
        space = state.supernet.space
        sampler = FairSampler(space=space, seed=state.run["config"]["seed"] + 1)
        members = [space.largest(), space.smallest(), *(sampler.draw(number) for number in range(PROBES))]
        judged = _averaged(state)
        found = [evaluate(judged, arch, self.data).value for arch in members]
        return {"largest": found[0], "smallest": found[1], "random": sum(found[2:]) / PROBES}


def _averaged(state: State) -> Supernet:
    """The supernet that is judged; with averaged weights a copy."""
    if not state.average:
        return state.supernet
    import copy

    judged = copy.deepcopy(state.supernet)
    with torch.no_grad():
        for name, value in state.average.items():
            judged.shared[name].copy_(value)
    return judged

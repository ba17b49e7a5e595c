"""A step: the passes of the plan, each on its target, the mean over micro-batches, and a loss that must be finite."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from search_space import SearchSpace
from supernet import ImageData, Ledger, Supernet, TrainConfig, task_of, train
from supernet.tasks import Batch, Classification, Divergence
from supernet.training import Cluster, Stepper


class Watched(Classification):
    """Classification that notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        self.asked.append("labels")
        return super().loss(outputs, targets)

    def distillation(self, outputs: Tensor, teacher: Tensor, targets: Tensor, divergence: Divergence) -> Tensor:
        assert not teacher.requires_grad
        self.asked.append("teacher")
        return super().distillation(outputs, teacher, targets, divergence)


def stepper(space: SearchSpace, data: ImageData, recipe: str) -> tuple[Stepper, Watched]:
    task = Watched()
    config = TrainConfig(recipe=recipe, batch=8, seed=2)
    supernet = Supernet(space, seed=2).train()
    return Stepper(supernet=supernet, task=task, config=config, cluster=Cluster(), ledger=Ledger()), task


def batches(data: ImageData, count: int) -> list[Batch]:
    source = data.train_batches(epoch=0, batch=8, seed=0)
    task = task_of(data)
    return [
        task.batch(images, labels, data, None, seed=0, epoch=0, index=index)
        for index, (images, labels) in zip(range(count), source, strict=False)
    ]


def gradients(found: Stepper, given: Sequence[Batch]) -> dict[str, Tensor]:
    found.supernet.zero_grad()
    found.backward(given, step=0, progress=0.0)
    return {name: value.grad.clone() for name, value in found.supernet.shared.items() if value.grad is not None}


def test_each_pass_learns_from_its_target(tiny_space: SearchSpace, few_digits: ImageData) -> None:
    """The sandwich rule: the largest on the labels, three others on its predictions; two micro-batches."""
    found, task = stepper(tiny_space, few_digits, "sandwich")
    found.backward(batches(few_digits, 2), step=0, progress=0.0)
    assert task.asked == ["labels", "teacher", "teacher", "teacher"] * 2
    assert (found.ledger.passes, found.ledger.images) == (8, 64)
    assert found.ledger.roles == {"largest": 2, "smallest": 2, "random": 4}


def test_gradients_are_the_mean_over_micro_batches(tiny_space: SearchSpace, few_digits: ImageData) -> None:
    found, _ = stepper(tiny_space, few_digits, "single-path")
    first, second = batches(few_digits, 2)
    both, *alone = (gradients(found, given) for given in ([first, second], [first], [second]))
    assert both.keys() == alone[0].keys() == alone[1].keys()
    assert any(float(value.abs().max()) > 1e-3 for value in both.values())
    for name, value in both.items():
        assert torch.allclose(value, (alone[0][name] + alone[1][name]) / 2, rtol=1e-4, atol=1e-6), name


def test_members_that_are_compared_are_counted_and_leave_no_gradient(
    tiny_space: SearchSpace, few_digits: ImageData
) -> None:
    found, task = stepper(tiny_space, few_digits, "attentive-best")
    found.backward(batches(few_digits, 1), step=0, progress=0.0)
    assert found.ledger.peeks == 6  # three candidates for each of two random members
    assert task.asked.count("labels") == 6 + 1


def test_a_loss_that_is_not_finite_stops_and_names_the_cause(
    tiny_space: SearchSpace, few_digits: ImageData, tmp_path: Path, config: TrainConfig
) -> None:
    images = few_digits.train_images.clone()
    images[3] = torch.nan
    broken = replace(few_digits, train_images=images)
    with pytest.raises(
        FloatingPointError, match=r"loss is nan at step \d, micro-batch 1 .* architecture \w+ .largest"
    ):
        train(tiny_space, broken, tmp_path, config)

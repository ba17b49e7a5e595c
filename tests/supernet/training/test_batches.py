"""The batches of a run: those of its steps from anywhere on, shared between processes, augmented by their number."""

from itertools import islice

import pytest
import torch

from supernet import Cluster, ImageData, TrainConfig
from supernet.tasks import Batch
from supernet.training.batches import adamw, step_batches, steps_per_epoch

HERE = Cluster()


def steps(
    data: ImageData, config: TrainConfig, count: int, cluster: Cluster = HERE, *, start: int = 0
) -> list[list[Batch]]:
    per_epoch = steps_per_epoch(data, config, cluster)
    found = step_batches(data, config, cluster, start=start, per_epoch=per_epoch, resolution=16)
    return list(islice(found, count))


def same(first: list[list[Batch]], second: list[list[Batch]]) -> bool:
    return all(
        torch.equal(a, b) and torch.equal(c, d)
        for left, right in zip(first, second, strict=True)
        for (a, c), (b, d) in zip(left, right, strict=True)
    )


def test_a_run_that_goes_on_has_the_batches_it_would_have_had(few_digits: ImageData) -> None:
    config = TrainConfig(batch=16, accumulate=2, seed=4)
    whole = steps(few_digits, config, 7)  # four steps an epoch
    assert [len(step) for step in whole] == [2] * 7
    assert same(steps(few_digits, config, 2, start=5), whole[5:])
    assert not same(whole[:1], whole[4:5])


def test_processes_share_the_batches_of_one_that_accumulates(few_digits: ImageData) -> None:
    """Augmented alike: a batch's number counts those of all processes."""
    alone = steps(few_digits, TrainConfig(batch=16, accumulate=2, seed=4), 3)
    config = TrainConfig(batch=16, seed=4)
    ranks = [steps(few_digits, config, 3, Cluster(rank=rank, world=2)) for rank in (0, 1)]
    assert same(alone, [[first[0], second[0]] for first, second in zip(*ranks, strict=True)])


def test_without_augmentation_images_and_labels_are_those_of_the_data(few_digits: ImageData) -> None:
    config = TrainConfig(batch=16, seed=4, augment=False)
    ((images, targets),) = steps(few_digits, config, 1)[0:1][0]
    plain, labels = next(few_digits.train_batches(epoch=0, batch=16, seed=4))
    assert torch.equal(images, plain)
    assert torch.equal(targets.argmax(dim=1), labels)


def test_too_few_images_for_a_step_are_said(few_digits: ImageData) -> None:
    assert steps_per_epoch(few_digits, TrainConfig(batch=16, accumulate=3), HERE) == 2
    with pytest.raises(ValueError, match=r"a step of 3 micro-batches of 64 .* more than the 128 training images"):
        steps_per_epoch(few_digits, TrainConfig(batch=64, accumulate=3), HERE)


def test_scales_and_biases_do_not_decay() -> None:
    weight, bias = torch.zeros(2, 2, requires_grad=True), torch.zeros(2, requires_grad=True)
    groups = adamw([weight, bias], TrainConfig(weight_decay=0.3, learning_rate=0.1)).param_groups
    assert [(len(group["params"]), group["weight_decay"], group["lr"]) for group in groups] == [
        (1, 0.3, 0.1),
        (1, 0.0, 0.1),
    ]
    assert groups[0]["params"][0] is weight

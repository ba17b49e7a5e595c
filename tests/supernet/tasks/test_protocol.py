"""What every task promises: targets for its loss, a teacher it learns from, scores that add up over batches."""

from functools import cache

import pytest
import torch

from search_space.heads import MitHead, NormLinearHead, SegHead
from supernet import TASKS, DataSource, Score, task_of
from supernet.data import DATASETS, Augmentation, load_dataset
from supernet.tasks import DISTILLATIONS

SMALL = ("fractals:classes=4,size=16,per_class=8,test_per_class=4",)  # tried before data sets of their usual size
SOME_HEADS = (MitHead(widths=(8, 8), classes=4), NormLinearHead(classes=4), SegHead(width=8, depth=1, classes=4))


@cache
def data_for(task: str) -> DataSource:
    for name in (*SMALL, *DATASETS):
        data = load_dataset(name)
        if data.task == task:
            return data
    raise AssertionError(f"no data set is for the task {task}")


@pytest.fixture(params=TASKS)
def data(request: pytest.FixtureRequest) -> DataSource:
    return data_for(request.param)


def first(data: DataSource) -> tuple[torch.Tensor, torch.Tensor]:
    return next(data.train_batches(epoch=0, batch=8, seed=0))


def outputs_for(data: DataSource, targets: torch.Tensor, seed: int) -> torch.Tensor:
    """Answers of an untrained network: a score for every class, where the targets are."""
    places = targets.shape[2:] if targets.ndim == 4 else targets.shape[1:] if targets.ndim == 3 else ()
    return torch.randn(len(targets), data.classes, *places, generator=torch.Generator().manual_seed(seed))


def test_a_task_has_words_and_its_data_name_it(data: DataSource) -> None:
    task = task_of(data)
    assert TASKS[task.name] is task
    assert all((task.metric.name, task.metric.words, task.metric.title, task.metric.interval))


def test_some_heads_are_for_a_task_and_others_are_not(data: DataSource) -> None:
    accepted = [task_of(data).accepts(head) for head in SOME_HEADS]
    assert 0 < sum(accepted) < len(accepted)
    assert not task_of(data).accepts(None)


def test_batches_repeat_from_their_number_and_stay_plain_without_augmentation(data: DataSource) -> None:
    task, (images, labels) = task_of(data), first(data)
    spec = Augmentation(rotate=10, smoothing=0.1)
    made, again, other = (task.batch(images, labels, data, spec, seed=0, epoch=1, index=index) for index in (2, 2, 3))
    assert torch.equal(made[0], again[0])
    assert torch.equal(made[1], again[1])
    assert not torch.equal(made[0], other[0])
    assert torch.equal(task.batch(images, labels, data, None, seed=0, epoch=1, index=2)[0], images)


def test_a_loss_falls_along_its_gradient(data: DataSource) -> None:
    task, (images, labels) = task_of(data), first(data)
    _, targets = task.batch(images, labels, data, None, seed=0, epoch=0, index=0)
    outputs = outputs_for(data, targets, 1).requires_grad_()
    before = task.loss(outputs, targets)
    before.backward()
    assert before.ndim == 0
    assert outputs.grad is not None
    assert float(task.loss((outputs - 0.1 * outputs.grad).detach(), targets)) < float(before.detach())


@pytest.mark.parametrize("name", DISTILLATIONS)
def test_a_teacher_is_reached_along_the_gradient(data: DataSource, name: str) -> None:
    task, (images, labels) = task_of(data), first(data)
    _, targets = task.batch(images, labels, data, None, seed=0, epoch=0, index=0)
    teacher, outputs = outputs_for(data, targets, 1), outputs_for(data, targets, 2)

    def gradient(given: torch.Tensor) -> torch.Tensor:
        given = given.clone().requires_grad_()
        task.distillation(given, teacher, targets, DISTILLATIONS[name]).backward()
        assert given.grad is not None
        return given.grad

    assert float(gradient(outputs).abs().max()) > 1e-4
    assert float(gradient(teacher).abs().max()) < 1e-6


def test_scores_add_up_over_batches_and_say_by_what_metric(data: DataSource) -> None:
    task = task_of(data)
    whole, parts = task.scorer(data), task.scorer(data)
    batches = list(data.test_batches(batch=16))
    labels = torch.cat([part for _, part in batches])
    outputs = outputs_for(data, labels, 3)
    whole.add(outputs, labels)
    for low in range(0, len(labels), 5):
        parts.add(outputs[low : low + 5], labels[low : low + 5])
    found = whole.score()
    assert found == parts.score()
    assert (found.metric, found.images) == (task.metric.name, data.test_count)
    with pytest.raises(ValueError, match=r"\w+"):
        task.scorer(data).score()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"low": 51.0}, "0 <= low <= value <= high <= 100"),
        ({"high": 101.0}, "0 <= low <= value <= high <= 100"),
        ({"images": 0}, "needs images, got 0"),
    ],
)
def test_an_impossible_score_is_refused(values: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Score(**{"metric": "top-1", "value": 50.0, "low": 40.0, "high": 60.0, "images": 9, **values})  # type: ignore[arg-type]

"""Classification: probabilities as targets, top-1 with Wilson's interval."""

import pytest
import torch
from scipy.stats import binomtest

from supernet import load_dataset, task_of
from supernet.data import Augmentation
from supernet.tasks.classification import TopOne, top1_score


@pytest.mark.parametrize(
    ("right", "images", "low", "high"),
    [(0, 10, 0.0, 21.30), (5, 10, 26.93, 73.07), (10, 10, 78.70, 100.0)],
)
def test_wilson_s_interval(right: int, images: int, low: float, high: float) -> None:
    """By hand: half are right, 50 (1 -+ z / sqrt(n + z^2)); none are, 0 and 100 z^2 / (n + z^2), with z = 1.645."""
    found = top1_score(100 * right / images, images)
    assert (found.low, found.high) == (pytest.approx(low, abs=0.01), pytest.approx(high, abs=0.01))
    assert (found.value, found.images, found.metric) == (100 * right / images, images, "top-1")


@pytest.mark.parametrize(("right", "images"), [(81, 263), (359, 360), (1, 7)])
def test_the_interval_is_that_of_scipy(right: int, images: int) -> None:
    expected = binomtest(right, images).proportion_ci(confidence_level=0.9, method="wilson")
    found = top1_score(100 * right / images, images)
    assert (found.low, found.high) == pytest.approx((100 * expected.low, 100 * expected.high), abs=0.01)


def test_right_answers_are_counted() -> None:
    scorer = TopOne()
    scorer.add(torch.tensor([[1.0, 2.0], [3.0, 0.0]]), torch.tensor([1, 1]))
    scorer.add(torch.tensor([[0.0, 5.0]]), torch.tensor([1]))
    assert scorer.score() == top1_score(100 * 2 / 3, 3)
    with pytest.raises(ValueError, match="no held-out images"):
        TopOne().score()


def test_without_augmentation_targets_are_the_labels() -> None:
    data = load_dataset("fractals:classes=3,size=16,per_class=4,test_per_class=1")
    images, labels = next(data.train_batches(epoch=0, batch=12, seed=0))
    same, targets = task_of(data).batch(images, labels, data, None, seed=0, epoch=0, index=0)
    assert same is images
    assert torch.equal(targets.argmax(dim=1), labels)
    assert torch.equal(targets, targets.round())


def test_smoothing_and_mixing_show_in_the_targets() -> None:
    data = load_dataset("fractals:classes=3,size=16,per_class=4,test_per_class=1")
    images, labels = next(data.train_batches(epoch=0, batch=12, seed=0))
    task, logits = task_of(data), torch.randn(12, 3, generator=torch.Generator().manual_seed(0))
    _, targets = task.batch(images, labels, data, Augmentation(smoothing=0.2), seed=0, epoch=0, index=0)
    expected = torch.nn.functional.cross_entropy(logits, labels, label_smoothing=0.2)
    assert torch.allclose(task.loss(logits, targets), expected)
    _, mixed = task.batch(images, labels, data, Augmentation(mixup=1.0), seed=0, epoch=0, index=0)
    assert ((mixed > 0).sum(dim=1) == 2).any()
    assert torch.allclose(mixed.sum(dim=1), torch.ones(12))

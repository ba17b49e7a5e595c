"""A task that is defined here alone, one class for every pixel, goes from its data set to a judged supernet."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from nas.search.judge import SupernetJudge
from nas.training import Trained, TrainingJob, train_supernet
from search_space import SPACES, SearchSpace
from search_space.heads import HeadConfig
from search_space.spaces import NamedSpace
from supernet import DATASETS, TASKS, DataSource, ImageData, Score, TrainConfig, check_heads
from supernet.data import Augmentation
from supernet.data.memory import normalised
from supernet.data.plan import augmentation_generator, batch_generator
from supernet.doctor import space_around
from supernet.tasks import Batch, Divergence, Metric

IGNORED, SIDE = 255, 64


class Pixels:
    """Labels and targets are masks (B, H, W), 255 ignored; networks are compared by mean intersection over union."""

    name = "own-pixels"
    metric = Metric(name="mIoU", words="mIoU", title="mIoU", interval="bootstrap")

    def accepts(self, head: HeadConfig | None) -> bool:
        """Heads that read several levels."""
        return head is not None and bool(head.strides)

    def batch(
        self,
        images: Tensor,
        labels: Tensor,
        data: DataSource,
        spec: Augmentation | None,
        *,
        seed: int,
        epoch: int,
        index: int,
    ) -> Batch:
        """Images and masks mirrored together."""
        chance = spec.flip if spec else 0.0
        turned = torch.rand(len(images), generator=augmentation_generator(seed, epoch, index)) < chance
        images = torch.where(turned[:, None, None, None], images.flip(3), images)
        return images, torch.where(turned[:, None, None], labels.flip(2), labels)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Cross-entropy over the pixels that count, outputs at the masks' size."""
        return F.cross_entropy(_resized(outputs.float(), targets), targets, ignore_index=IGNORED)

    def distillation(self, outputs: Tensor, teacher: Tensor, targets: Tensor, divergence: Divergence) -> Tensor:
        """Pixels are rows; those that do not count for the labels do not count here."""
        rows = [_resized(each, targets).movedim(1, 3)[targets != IGNORED] for each in (outputs, teacher)]
        return divergence(*rows)

    def scorer(self, data: DataSource) -> "Confusion":
        """One matrix for each image, for the interval."""
        return Confusion(data.classes)


class Confusion:
    """Labels by predictions, an image at a time."""

    def __init__(self, classes: int) -> None:
        self._classes, self._matrices = classes, list[Tensor]()

    def add(self, outputs: Tensor, labels: Tensor) -> None:
        """Outputs (B, K, h, w) and masks (B, H, W)."""
        for answer, mask in zip(_resized(outputs, labels).argmax(dim=1), labels, strict=True):
            pairs = (self._classes * mask + answer)[mask != IGNORED]
            self._matrices.append(pairs.bincount(minlength=self._classes**2))

    def score(self) -> Score:
        """Of the sum over all images; ends from 100 drawn sets of them."""
        if not self._matrices:
            raise ValueError("no pixels to judge on")
        each, rng = torch.stack(self._matrices), np.random.default_rng(0)
        drawn = [self._mean(each[rng.integers(len(each), size=len(each))]) for _ in range(100)]
        value, (low, high) = self._mean(each), np.quantile(drawn, [0.05, 0.95]).tolist()
        return Score(metric="mIoU", value=value, low=min(low, value), high=max(high, value), images=len(each))

    def _mean(self, matrices: Tensor) -> float:
        total = matrices.sum(dim=0).reshape(self._classes, self._classes).double()
        union = total.sum(dim=0) + total.sum(dim=1) - total.diagonal()
        return 100 * float((total.diagonal() / union)[union > 0].mean())


def _resized(outputs: Tensor, masks: Tensor) -> Tensor:
    return F.interpolate(outputs, size=masks.shape[1:], mode="bilinear", align_corners=False)


def boxes(text: str = "") -> ImageData:
    """A bright box on a dark ground, its frame ignored."""
    splits = []
    for kind in range(2):
        corners = torch.randint(8, 24, (16, 2), generator=batch_generator(3, kind)).tolist()
        masks = torch.zeros(16, SIDE, SIDE, dtype=torch.long)
        for mask, (top, left) in zip(masks, corners, strict=True):
            mask[top - 2 : top + 34, left - 2 : left + 34] = IGNORED
            mask[top : top + 32, left : left + 32] = 1
        splits += [((masks > 0).float() * 0.8 + 0.1)[:, None], masks]
    data = normalised("own-boxes", *splits, classes=2, augmentation=Augmentation(flip=0.5))
    return replace(data, task="own-pixels")


@pytest.fixture
def space(monkeypatch: pytest.MonkeyPatch) -> SearchSpace:
    found = replace(space_around("seg"), name="own-seg", resolutions=(SIDE,))
    monkeypatch.setitem(TASKS, "own-pixels", Pixels())
    monkeypatch.setitem(DATASETS, "own-boxes", boxes)
    monkeypatch.setitem(SPACES, "own-seg", NamedSpace(build=lambda: found, spans="", supernet_parameters=0))
    monkeypatch.setattr("nas.training.RANDOM_MEMBERS", 2)
    return found


def test_a_supernet_learns_pixels_and_is_judged_by_their_metric(space: SearchSpace, tmp_path: Path) -> None:
    config = TrainConfig(recipe="sandwich", passes=32, batch=8, learning_rate=0.02)
    found = train_supernet(TrainingJob(space="own-seg", data="own-boxes", out=tmp_path / "net", config=config))
    assert isinstance(found, Trained)
    assert (found.metric.name, found.largest.metric, found.largest.images) == ("mIoU", "mIoU", 16)
    assert found.largest.value > 60  # all ground is 37, all box 25
    judge = SupernetJudge(tmp_path / "net")
    score = judge([space.for_data(classes=2, in_channels=1).largest()])[0]
    assert (score.value, score.low, score.high) == (found.largest.value, found.largest.low, found.largest.high)
    assert score.metric == "mIoU"
    assert judge.describe().startswith("mIoU: measured with")
    assert judge.describe().endswith("16 held-out images of own-boxes; 90 % bootstrap intervals")


def test_what_is_ignored_counts_nowhere(space: SearchSpace) -> None:
    data, task = boxes(), Pixels()
    masks = data.test_labels[:2]
    outputs = torch.randn(2, 2, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    spoilt = torch.where((masks == IGNORED)[:, None], 9 * outputs.flip(1), outputs)
    assert torch.equal(task.loss(outputs, masks), task.loss(spoilt, masks))
    scores = []
    for each in (outputs, spoilt):
        scorer = task.scorer(data)
        scorer.add(each, masks)
        scores.append(scorer.score())
    assert scores[0] == scores[1]


def test_networks_and_data_of_different_tasks_are_kept_apart(space: SearchSpace, tiny_space: SearchSpace) -> None:
    with pytest.raises(ValueError, match="data own-boxes are for own-pixels; space tiny has a norm_linear head"):
        check_heads(tiny_space, boxes())
    check_heads(space, boxes())

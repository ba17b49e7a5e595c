"""One class for each image, networks compared by the share of images that are given the right one (top-1)."""

import torch.nn.functional as F
from torch import Tensor

from search_space.heads import HeadConfig
from supernet.data.augmentation import Augmentation
from supernet.data.augmenting import augmented
from supernet.data.source import DataSource
from supernet.tasks.protocol import Batch, Divergence, Metric, Score

TOP1 = Metric(name="top-1", words="accuracy", title="top-1 accuracy", interval="Wilson")
WILSON_Z = 1.645  # 90 % two-sided


class Classification:
    """Labels (B,) are class numbers; outputs and targets are (B, K), targets as probabilities."""

    name = "classification"
    metric = TOP1

    def accepts(self, head: HeadConfig | None) -> bool:
        """A head that answers once for the whole image: one that reads the last level alone."""
        return head is not None and not head.strides

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
        """Targets as probabilities (B, K), smoothed and mixed as `spec` says; one-hot without."""
        if spec is None:
            return images, F.one_hot(labels, data.classes).float()
        return augmented(images, labels, spec, data, seed=seed, epoch=epoch, index=index)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Cross-entropy against probabilities, the mean over the batch."""
        return F.cross_entropy(outputs.float(), targets)

    def distillation(self, outputs: Tensor, teacher: Tensor, targets: Tensor, divergence: Divergence) -> Tensor:
        """The divergence of the teacher's classes: every image counts, whatever its label."""
        del targets
        return divergence(outputs, teacher)

    def scorer(self, data: DataSource) -> "TopOne":
        """Counts right answers; how many classes there are does not matter."""
        del data
        return TopOne()


class TopOne:
    """Right answers among those seen."""

    def __init__(self) -> None:
        self._right = self._seen = 0

    def add(self, outputs: Tensor, labels: Tensor) -> None:
        """Outputs (B, K) and class numbers (B,)."""
        self._right += int((outputs.argmax(dim=1).cpu() == labels.cpu()).sum())
        self._seen += len(labels)

    def score(self) -> Score:
        """Percent of the images that were given their class.

        Raises:
            ValueError: no image was added.
        """
        if not self._seen:
            raise ValueError("there are no held-out images to judge on")
        return top1_score(100 * self._right / self._seen, self._seen)


def top1_score(percent: float, images: int) -> Score:
    """A share of right answers with its Wilson score interval (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927)."""
    p, z = percent / 100, WILSON_Z
    centre = (p + z * z / (2 * images)) / (1 + z * z / images)
    half = z / (1 + z * z / images) * (p * (1 - p) / images + z * z / (4 * images * images)) ** 0.5
    low, high = max(0.0, 100 * (centre - half)), min(100.0, 100 * (centre + half))
    return Score(metric=TOP1.name, value=percent, low=min(low, percent), high=max(high, percent), images=images)

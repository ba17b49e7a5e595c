"""What a task decides: how labels become targets, what a network learns from them, and how well it does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from search_space.heads import HeadConfig
from supernet.data.augmentation import Augmentation
from supernet.data.source import DataSource

Batch = tuple[Tensor, Tensor]
"""Images (B, C, H, W) and their targets, whatever the task makes of labels."""

Divergence = Callable[[Tensor, Tensor], Tensor]
"""From a teacher's logits (second) to a student's, both (n, K): the mean over n, with a gradient for the student."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """What networks are compared by: larger is better, in percent, so that 100 minus it is an error.

    `name` is what files and tables say (`top-1`), `words` what sentences say (`accuracy`), `title` what stands on
    axes (`top-1 accuracy`); `interval` says how the ends of a score are found (`Wilson`).
    """

    name: str
    words: str
    title: str
    interval: str


@dataclass(frozen=True, kw_only=True)
class Score:
    """A network on held-out images: percent, with the ends of its 90 % interval, by the `metric` of that name.

    `images` is how many were judged, those that could not be decoded not among them.
    """

    metric: str
    value: float
    low: float
    high: float
    images: int

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.value <= self.high <= 100:
            raise ValueError(f"a score needs 0 <= low <= value <= high <= 100, got {self}")
        if self.images < 1:
            raise ValueError(f"a score needs images, got {self.images}")


class Scorer(Protocol):
    """Adds up what a score is made of, batch by batch, wherever the outputs are."""

    def add(self, outputs: Tensor, labels: Tensor) -> None:
        """Take in a network's outputs on a batch and the labels that the data set gave with it."""
        ...

    def score(self) -> Score:
        """The score of everything so far.

        Raises:
            ValueError: nothing was added that can be judged.
        """
        ...


class Task(Protocol):
    """One for each kind of labels; its instances keep nothing between calls."""

    @property
    def name(self) -> str:
        """The name that data sets give and the registry knows."""
        ...

    @property
    def metric(self) -> Metric:
        """What networks are compared by."""
        ...

    def accepts(self, head: HeadConfig | None) -> bool:
        """Whether the outputs of a network with that head can be compared with the targets."""
        ...

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
        """A training batch of `data`: images and labels changed together, and the targets that the loss takes.

        What is random depends on (seed, epoch, index) alone, `index` counting the batches of all processes; without
        `spec` nothing is. Mixed images and smoothed labels show in the targets, so the loss need not know of them.
        """
        ...

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Mean loss of a batch, against `batch`'s targets; computed in float32."""
        ...

    def distillation(self, outputs: Tensor, teacher: Tensor, targets: Tensor, divergence: Divergence) -> Tensor:
        """Mean loss of a batch against a teacher's outputs on the same images; `targets` tell what counts of them."""
        ...

    def scorer(self, data: DataSource) -> Scorer:
        """An empty scorer for outputs on `data`."""
        ...

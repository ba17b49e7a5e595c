"""What every data set offers to training, evaluation and search, however many images it has."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from torch import Tensor

from supernet.data.augmentation import Augmentation
from supernet.data.description import ImageDescription

Resolutions = int | tuple[int, ...] | None
"""One size for all batches, several of which each batch draws one, or None for the data set's own."""


class DataSource(ImageDescription, Protocol):
    """Labelled images: batches (B, channels, R, R) float32, normalised with `mean` and `std`, and labels int64:
    (B,), the class of each image, or what else the task that the data set names takes.

    Where `crops` is true the training images come out randomly cropped and flipped already, because that is done
    while decoding. `augmentation` is what suits the images: nothing that makes one class look like another, nothing
    that was done while decoding.
    """

    @property
    def crops(self) -> bool: ...  # noqa: D102
    @property
    def augmentation(self) -> Augmentation: ...  # noqa: D102
    @property
    def train_count(self) -> int: ...  # noqa: D102
    @property
    def test_count(self) -> int: ...  # noqa: D102

    def train_batches(
        self,
        *,
        epoch: int,
        batch: int,
        seed: int,
        start: int = 0,
        rank: int = 0,
        world: int = 1,
        resolution: Resolutions = None,
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """This rank's batches of an epoch from its batch `start` on; `batches_per_epoch` says how many there are.

        They depend on nothing but the arguments, and skipped batches are not decoded.
        """
        ...

    def calibration_batches(
        self, *, batches: int = 8, size: int = 64, resolution: int | None = None
    ) -> Iterable[Tensor]:
        """The fixed training images on which batch-norm statistics are re-estimated."""
        ...

    def test_batches(self, *, batch: int = 180, resolution: int | None = None) -> Iterator[tuple[Tensor, Tensor]]:
        """Every held-out image once, in a fixed order."""
        ...

    def notes(self) -> list[str]:
        """What whoever reads the results should know: a split that was made here, images that were skipped so far."""
        ...

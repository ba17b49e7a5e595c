"""What every data set offers to training, evaluation and search, however many images it has."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from torch import Tensor

Resolutions = int | tuple[int, ...] | None
"""One size for all batches, several of which each batch draws one, or None for the data set's own."""


class DataSource(Protocol):
    """Labelled images: batches (B, channels, R, R) float32, normalised with `mean` and `std`, and labels (B,) int64.

    `name` is what `load_dataset` takes to make the same data set again. Where `crops` is true the training images
    come out randomly cropped and flipped already, because that is done while decoding.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def classes(self) -> int: ...  # noqa: D102
    @property
    def channels(self) -> int: ...  # noqa: D102
    @property
    def resolution(self) -> int: ...  # noqa: D102
    @property
    def mean(self) -> tuple[float, ...]: ...  # noqa: D102
    @property
    def std(self) -> tuple[float, ...]: ...  # noqa: D102
    @property
    def crops(self) -> bool: ...  # noqa: D102
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

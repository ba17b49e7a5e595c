"""What a data set that does not fit in memory needs to know of its images."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from supernet.data.description import ImageDescription

Pixels = npt.NDArray[np.uint8]


class ImageReader(ImageDescription, Protocol):
    """Where the images come from. It is sent to the workers, so it must be picklable."""

    @property
    def notes(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def train_labels(self) -> npt.NDArray[np.int64]: ...  # noqa: D102
    @property
    def test_labels(self) -> npt.NDArray[np.int64]: ...  # noqa: D102

    def read_train(self, index: int, resolution: int, rng: np.random.Generator) -> Pixels:
        """Training image (resolution, resolution, channels), cropped and flipped as `rng` decides.

        Raises:
            UnreadableImageError: it cannot be decoded.
        """
        ...

    def read_whole(self, index: int, resolution: int, *, train: bool) -> Pixels:
        """Training or held-out image (resolution, resolution, channels) without anything random.

        Raises:
            UnreadableImageError: it cannot be decoded.
        """
        ...

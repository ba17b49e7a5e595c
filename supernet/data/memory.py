"""A data set that is small enough to keep in memory."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from supernet.data.augmentation import NOTHING, Augmentation
from supernet.data.plan import calibration_indices, chosen_resolutions, plan_batches
from supernet.data.source import Resolutions


@dataclass(frozen=True, kw_only=True, eq=False)
class ImageData:
    """Normalised images in memory, (N, channels, H, W) float32, with integer labels (N,).

    `images * std + mean` lies in [0, 1], with one number for each channel. Training batches stay as they are unless
    an `augmentation` is named.
    """

    name: str
    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    classes: int
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    augmentation: Augmentation = NOTHING
    task: str = "classification"

    def __post_init__(self) -> None:
        for name in ("mean", "std"):
            if len(getattr(self, name)) != self.channels:
                raise ValueError(f"{name} needs {self.channels} numbers, one a channel; got {getattr(self, name)}")

    @property
    def channels(self) -> int:
        """Channels of every image, training and held-out alike."""
        return self.train_images.shape[1]

    @property
    def resolution(self) -> int:
        """Height and width of every image."""
        return self.train_images.shape[2]

    @property
    def crops(self) -> bool:
        """Training images come out whole."""
        return False

    @property
    def train_count(self) -> int:
        """How many training images there are."""
        return len(self.train_labels)

    @property
    def test_count(self) -> int:
        """How many held-out images there are."""
        return len(self.test_labels)

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
        """This rank's batches of an epoch from its batch `start` on, resized where another size is wanted."""
        plan = plan_batches(
            self.train_count,
            epoch=epoch,
            batch=batch,
            seed=seed,
            start=start,
            rank=rank,
            world=world,
            resolutions=chosen_resolutions(resolution, self.resolution),
        )
        return (
            (_resized(self.train_images[part.indices], part.resolution), self.train_labels[part.indices])
            for part in plan
        )

    def calibration_batches(self, *, batches: int = 8, size: int = 64, resolution: int | None = None) -> list[Tensor]:
        """The fixed training images on which batch-norm statistics are re-estimated."""
        order = torch.from_numpy(calibration_indices(self.train_count, batches * size))
        return [_resized(self.train_images[part], resolution) for part in order.split(size)]

    def test_batches(self, *, batch: int = 180, resolution: int | None = None) -> Iterator[tuple[Tensor, Tensor]]:
        """Every held-out image once, in a fixed order."""
        parts = zip(self.test_images.split(batch), self.test_labels.split(batch), strict=True)
        return ((_resized(images, resolution), labels) for images, labels in parts)

    def notes(self) -> list[str]:
        """None: everything is in memory, and nothing was chosen here."""
        return []


def normalised(
    name: str,
    train_images: Tensor,
    train_labels: Tensor,
    test_images: Tensor,
    test_labels: Tensor,
    *,
    classes: int,
    augmentation: Augmentation,
) -> ImageData:
    """Images in [0, 1] as a data set, with mean and standard deviation of each channel of the training images."""
    mean, std = train_images.mean(dim=(0, 2, 3)), train_images.std(dim=(0, 2, 3))
    return ImageData(
        name=name,
        train_images=(train_images - mean[:, None, None]) / std[:, None, None],
        train_labels=train_labels,
        test_images=(test_images - mean[:, None, None]) / std[:, None, None],
        test_labels=test_labels,
        classes=classes,
        mean=tuple(mean.tolist()),
        std=tuple(std.tolist()),
        augmentation=augmentation,
    )


def _resized(images_BCHW: Tensor, resolution: int | None) -> Tensor:
    if resolution is None or images_BCHW.shape[2:] == (resolution, resolution):
        return images_BCHW
    return F.interpolate(
        images_BCHW, size=(resolution, resolution), mode="bilinear", align_corners=False, antialias=True
    )

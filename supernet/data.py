"""Data sets: name -> loader. `digits` is built in: scikit-learn's 1,797 scanned digits (UCI, Alpaydin & Kaynak)."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True, kw_only=True, eq=False)
class ImageData:
    """Normalised images in memory, (N, channels, H, W) float32, with integer labels (N,)."""

    name: str
    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    classes: int

    def calibration_batches(self, *, batches: int = 8, size: int = 64) -> list[Tensor]:
        """The fixed training images on which batch-norm statistics are re-estimated."""
        order = torch.randperm(len(self.train_images), generator=torch.Generator().manual_seed(0))
        return [self.train_images[part] for part in order[: batches * size].split(size)]


def digits() -> ImageData:
    """8x8 digits enlarged to 32x32, stratified 80/20 split with a fixed seed (1,437 and 360 images)."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    raw, labels = load_digits(return_X_y=True)
    images = torch.from_numpy(raw).float().reshape(-1, 1, 8, 8) / 16
    images = F.interpolate(images, size=(32, 32), mode="bilinear", align_corners=False)
    train, test = train_test_split(range(len(labels)), test_size=360, random_state=0, stratify=labels)
    mean, std = images[train].mean(), images[train].std()
    images, targets = (images - mean) / std, torch.from_numpy(labels).long()
    return ImageData(
        name="digits",
        train_images=images[train],
        train_labels=targets[train],
        test_images=images[test],
        test_labels=targets[test],
        classes=10,
    )


DATASETS: dict[str, Callable[[], ImageData]] = {"digits": digits}


def load_dataset(name: str) -> ImageData:
    """The data set of that name.

    Raises:
        ValueError: the name is not known.
    """
    if name not in DATASETS:
        raise ValueError(f"unknown data set {name!r}; known: {', '.join(DATASETS)}")
    return DATASETS[name]()


def augment(images_BCHW: Tensor, generator: torch.Generator) -> Tensor:
    """Each image turned by up to 10 degrees, scaled by up to 10 % and moved by up to 8 % of its size.

    What comes in at the edges is the image's smallest value.
    """
    count = len(images_BCHW)
    angle, scale, dx, dy = (torch.rand(4, count, generator=generator) * 2 - 1).unbind()
    angle, scale = angle * torch.pi / 18, 1 + 0.1 * scale
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    theta = torch.stack([cos, -sin, 0.16 * dx, sin, cos, 0.16 * dy], dim=1).reshape(count, 2, 3)
    floor = images_BCHW.amin(dim=(1, 2, 3), keepdim=True)
    grid = F.affine_grid(theta, list(images_BCHW.shape), align_corners=False)
    return F.grid_sample(images_BCHW - floor, grid, align_corners=False) + floor

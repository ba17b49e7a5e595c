"""Data in memory: normalised by the training images, resized where asked, refused where mean and channels differ."""

import pytest
import torch

from supernet.data import Augmentation, ImageData
from supernet.data.memory import normalised

LABELS = torch.arange(6) % 3


def images(channels: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(6, channels, 8, 8, generator=torch.Generator().manual_seed(seed))


def data(channels: int = 3) -> ImageData:
    spec = Augmentation(flip=0.5)
    return normalised("noise", images(channels), LABELS, images(channels, 1), LABELS, classes=3, augmentation=spec)


@pytest.mark.parametrize("channels", [1, 3])
def test_held_out_images_are_normalised_as_the_training_images(channels: int) -> None:
    found = data(channels)
    assert torch.allclose(found.train_images.mean(dim=(0, 2, 3)), torch.zeros(channels), atol=1e-6)
    mean, std = (torch.tensor(value)[:, None, None] for value in (found.mean, found.std))
    assert torch.allclose(found.test_images * std + mean, images(channels, 1), atol=1e-6)
    assert (found.channels, found.resolution, found.train_count, found.test_count) == (channels, 8, 6, 6)
    assert (found.task, found.augmentation, found.crops, found.notes()) == (
        "classification",
        Augmentation(flip=0.5),
        False,
        [],
    )


def test_other_sizes_are_asked_for_batch_by_batch() -> None:
    found = data()
    sizes = [part.shape[2:] for part, _ in found.test_batches(batch=4, resolution=5)]
    assert sizes == [(5, 5), (5, 5)]
    assert torch.equal(torch.cat([part for part, _ in found.test_batches(batch=4)]), found.test_images)
    calibration = found.calibration_batches(batches=2, size=2)
    assert [len(part) for part in calibration] == [2, 2]
    kept = {image.numpy().tobytes() for image in found.train_images}
    assert {image.numpy().tobytes() for part in calibration for image in part} <= kept


def test_mean_and_channels_have_to_agree() -> None:
    with pytest.raises(ValueError, match=r"mean needs 3 numbers, one a channel; got \(0.0,\)"):
        ImageData(
            name="rgb",
            train_images=images(3),
            train_labels=LABELS,
            test_images=images(3),
            test_labels=LABELS,
            classes=3,
        )

"""Augmentation repeats to the bit, keeps images and targets together, and leaves the global random state alone."""

import subprocess
import sys

import pytest
import torch

from supernet.data import Augmentation, DataSource, ImageData, augmented
from supernet.data.augmentation import DIGITS, FRACTALS, PHOTOGRAPHS

EACH = {
    "crop": Augmentation(crop=(0.3, 0.9)),
    "flip": Augmentation(flip=0.5),
    "flip_vertical": Augmentation(flip_vertical=0.5),
    "affine": Augmentation(rotate=10, shift=0.1, scale=0.2),
    "operations": Augmentation(operations=2, magnitude=15),
    "erase": Augmentation(erase=0.5),
    "mixup": Augmentation(mixup=0.8),
    "cutmix": Augmentation(cutmix=1.0),
    "digits": DIGITS,
    "fractals": FRACTALS,
    "photographs": PHOTOGRAPHS,
}


def data_of(channels: int, classes: int = 16) -> ImageData:
    images = torch.rand(classes, channels, 24, 24, generator=torch.Generator().manual_seed(0))
    mean, std = (0.4, 0.5, 0.6)[:channels], (0.2, 0.3, 0.25)[:channels]
    normal = (images - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]
    labels = torch.arange(classes)
    return ImageData(
        name="noise",
        train_images=normal,
        train_labels=labels,
        test_images=normal,
        test_labels=labels,
        classes=classes,
        mean=mean,
        std=std,
    )


def apply(spec: Augmentation, data: DataSource, **changes: int) -> tuple[torch.Tensor, torch.Tensor]:
    assert isinstance(data, ImageData)
    key = {"seed": 0, "epoch": 0, "index": 0, **changes}
    return augmented(data.train_images, data.train_labels, spec, data, **key)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", EACH)
def test_the_same_batch_is_changed_in_the_same_way(name: str, channels: int) -> None:
    data = data_of(channels)
    before = torch.random.get_rng_state()
    images, targets = apply(EACH[name], data, epoch=2, index=3)
    torch.rand(7)
    again = apply(EACH[name], data, epoch=2, index=3)
    torch.random.set_rng_state(before)
    apply(EACH[name], data)
    assert torch.equal(before, torch.random.get_rng_state())
    assert torch.equal(images, again[0])
    assert torch.equal(targets, again[1])
    assert (images.shape, images.dtype) == (data.train_images.shape, torch.float32)
    assert not torch.equal(images, data.train_images)
    for changes in ({"seed": 1}, {"epoch": 3}, {"index": 4}):
        assert not torch.equal(images, apply(EACH[name], data, **{"epoch": 2, "index": 3, **changes})[0])


@pytest.mark.parametrize("name", EACH)
def test_pixels_and_targets_stay_in_their_ranges(name: str) -> None:
    data = data_of(3)
    images, targets = apply(EACH[name], data)
    pixels = images * torch.tensor(data.std)[:, None, None] + torch.tensor(data.mean)[:, None, None]
    assert -1e-5 <= pixels.min() <= pixels.max() <= 1 + 1e-5
    assert targets.min() >= 0
    assert torch.allclose(targets.sum(dim=1), torch.ones(len(targets)))


def test_without_settings_nothing_changes() -> None:
    data = data_of(1)
    images, targets = apply(Augmentation(), data)
    assert torch.allclose(images, data.train_images, atol=1e-6)
    assert torch.equal(targets, torch.eye(16))


def test_label_smoothing_is_that_of_cross_entropy() -> None:
    data, logits = data_of(1), torch.randn(16, 16, generator=torch.Generator().manual_seed(1))
    _, targets = apply(Augmentation(smoothing=0.1), data)
    expected = torch.nn.functional.cross_entropy(logits, data.train_labels, label_smoothing=0.1)
    assert torch.allclose(torch.nn.functional.cross_entropy(logits, targets), expected)


def one_value_each() -> ImageData:
    """Images of which each has one value, so that a pixel tells where it comes from."""
    images = (torch.arange(16) / 16)[:, None, None, None].expand(16, 1, 24, 24).contiguous()
    labels = torch.arange(16)
    return ImageData(
        name="values", train_images=images, train_labels=labels, test_images=images, test_labels=labels, classes=16
    )


@pytest.mark.parametrize("spec", [Augmentation(mixup=0.8), Augmentation(cutmix=1.0)])
def test_mixed_targets_weigh_what_is_in_the_image(spec: Augmentation) -> None:
    for index in range(5):
        images, targets = apply(spec, one_value_each(), index=index)
        assert torch.allclose(images.mean(dim=(1, 2, 3)), targets @ (torch.arange(16) / 16), atol=1e-5)
        assert (targets > 0).sum(dim=1).max() == 2


def test_batches_draw_mixup_or_cutmix() -> None:
    both = Augmentation(mixup=0.8, cutmix=1.0)
    pasted = [bool((apply(both, one_value_each(), index=i)[0] * 16 % 1 == 0).all()) for i in range(20)]
    assert 3 <= sum(pasted) <= 17


def test_flips_mirror_images_and_nothing_else() -> None:
    data = data_of(3)
    images, _ = apply(Augmentation(flip=1.0), data)
    assert torch.allclose(images, data.train_images.flip(3), atol=1e-6)
    images, _ = apply(Augmentation(flip_vertical=1.0), data)
    assert torch.allclose(images, data.train_images.flip(2), atol=1e-6)


def test_kornia_needs_no_torchvision() -> None:
    code = """
import sys
sys.modules["torchvision"] = None
import torch
from supernet.data import Augmentation, augmented, load_dataset
data = load_dataset("digits")
every = Augmentation(crop=(0.3, 1), flip=0.5, rotate=5, operations=2, erase=0.2, mixup=0.5, cutmix=0.5)
images, labels = next(data.train_batches(epoch=0, batch=8, seed=0))
for index in range(8):
    augmented(images, labels, every, data, seed=0, epoch=0, index=index)
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)

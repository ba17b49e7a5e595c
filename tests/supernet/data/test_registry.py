"""What every data set by name promises: the same data again, normalised, in batches that repeat and resume."""

import subprocess
import sys

import pytest
import torch

from supernet.data import DATASETS, ImageData, load_dataset

SMALL = {  # options that make a data set quick to load; one without any is loaded whole
    "cluttered-digits": "cluttered-digits:train=200,test=100",
    "fractals": "fractals:classes=4,size=24,per_class=8,test_per_class=3",
}


def loaded(name: str) -> ImageData:
    data = load_dataset(name)
    assert isinstance(data, ImageData)
    return data


@pytest.fixture(scope="module", params=DATASETS)
def data(request: pytest.FixtureRequest) -> ImageData:
    return loaded(SMALL.get(request.param, request.param))


def test_the_name_gives_the_same_data_again(data: ImageData) -> None:
    again = loaded(data.name)
    assert torch.equal(data.train_images, again.train_images)
    assert torch.equal(data.test_images, again.test_images)
    assert torch.equal(data.train_labels, again.train_labels)


def test_every_class_is_learned_and_tested(data: ImageData) -> None:
    for labels in (data.train_labels, data.test_labels):
        counts = torch.bincount(labels, minlength=data.classes)
        assert len(counts) == data.classes
        assert counts.min() >= 1
    assert (data.train_count, data.test_count) == (len(data.train_images), len(data.test_images))


def test_training_images_are_normalised(data: ImageData) -> None:
    assert torch.allclose(data.train_images.mean(dim=(0, 2, 3)), torch.zeros(data.channels), atol=1e-4)
    assert torch.allclose(data.train_images.std(dim=(0, 2, 3)), torch.ones(data.channels), atol=1e-4)
    pixels = data.test_images * torch.tensor(data.std)[:, None, None] + torch.tensor(data.mean)[:, None, None]
    assert -1e-4 <= pixels.min() <= pixels.max() <= 1 + 1e-4


def test_no_held_out_image_is_trained_on(data: ImageData) -> None:
    trained = {image.numpy().tobytes() for image in data.train_images}
    assert not [image for image in data.test_images if image.numpy().tobytes() in trained]


def test_batches_repeat_resume_and_come_at_any_size(data: ImageData) -> None:
    def batches(**changes: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
        values = {"epoch": 1, "batch": 8, "seed": 2, **changes}
        return list(data.train_batches(**values, resolution=(16, 20)))  # type: ignore[arg-type]

    whole = batches()
    assert {images.shape[2] for images, _ in whole} <= {16, 20}
    for (images, labels), (others, other_labels) in zip(batches(start=2), whole[2:], strict=True):
        assert torch.equal(images, others)
        assert torch.equal(labels, other_labels)
    assert sum(len(labels) for _, labels in data.test_batches(batch=7, resolution=16)) == data.test_count
    assert [images.shape[2] for images in data.calibration_batches(batches=1, size=8, resolution=20)] == [20]


@pytest.mark.parametrize("name", ["cluttered-digits:train=10,test=10", "fractals:classes=2,size=8,per_class=2"])
def test_seeds_differ_and_another_process_agrees(name: str) -> None:
    code = f"""
from supernet.data import load_dataset
print(load_dataset({name!r}).train_images.double().sum().item().hex())
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    own = loaded(name).train_images
    assert found.stdout.strip() == own.double().sum().item().hex()
    assert not torch.equal(own, loaded(f"{name},seed=1").train_images)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("digits:seed=1", "digits: unknown option 'seed'; options of digits: none"),
        ("cluttered-digits:noise=3", "cluttered-digits: noise must be from 0 to 2, got 3.0"),
        ("fractals:channels=2", "fractals: channels must be 1 or 3, got 2"),
        ("fractals:classes=1000,size=256,per_class=50", "need 43.9 GiB of memory, more than 4; lower classes"),
    ],
)
def test_impossible_options_are_named(name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load_dataset(name)

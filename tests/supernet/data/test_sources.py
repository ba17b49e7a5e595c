"""What every data set by name promises, and what each one adds."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from supernet.data import DATASETS, ImageData, load_dataset
from supernet.data.cluttered_digits import cluttered_digits
from supernet.data.digits import digit_split
from supernet.data.fractals import FractalOptions, class_systems, fractals
from supernet.data.ifs import MAX_NORM, contracted, rasterised, stamped, systems_of

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


def test_scenes_without_clutter_or_noise_hold_the_digit_alone() -> None:
    data = cluttered_digits("train=1437,test=360,clutter=0,noise=0")
    pixels = data.test_images * data.std[0] + data.mean[0]
    _, _, digits, labels = digit_split()
    assert torch.equal(data.test_labels, labels)
    # A digit of 8 pixels that is enlarged by s covers s^2 times the area: ink grows from 5 to 13 times.
    growth = pixels.sum(dim=(1, 2, 3)) / digits.sum(dim=(1, 2, 3))
    assert growth.min() > 16 * 0.55**2 * 0.9
    assert growth.max() < 16 * 0.9**2 * 1.1


def test_clutter_and_noise_are_added() -> None:
    def ink(options: str) -> float:
        data = cluttered_digits(f"train=200,test=10,{options}")
        return data.mean[0]

    assert ink("clutter=0,noise=0") < ink("clutter=2,noise=0") < ink("clutter=6,noise=0")


def test_more_classes_leave_the_first_ones_as_they_are() -> None:
    few, many = (class_systems(FractalOptions(classes=classes)) for classes in (6, 12))
    assert np.array_equal(few.maps, many.maps[:6])
    assert np.array_equal(few.slots, many.slots[:6])


def test_more_images_leave_the_first_ones_as_they_are() -> None:
    few, many = (fractals(f"classes=2,size=16,per_class={count}") for count in (2, 5))
    pixels = [data.train_images * data.std[0] + data.mean[0] for data in (few, many)]
    colour = (slice(None), 0)
    shapes = [(images[colour] > images[colour].amin() + 0.1) for images in pixels]
    assert torch.equal(shapes[0][:2], shapes[1][:2])
    assert torch.equal(shapes[0][2:], shapes[1][5:7])


def test_instances_of_a_class_are_closer_than_other_classes() -> None:
    data = fractals("classes=8,size=24,channels=1,per_class=12,test_per_class=8,perturbation=0.1")
    nearest = torch.cdist(data.test_images.flatten(1), data.train_images.flatten(1)).argmin(dim=1)
    right = (data.train_labels[nearest] == data.test_labels).float().mean()
    assert right > 2 / 8


def test_the_attractor_of_three_halves_is_the_sierpinski_triangle() -> None:
    from supernet.data.ifs import BURN_IN, PARTICLES, SLOTS, attractor_points

    maps = np.zeros((1, 8, 6), np.float32)
    maps[0, :3] = [[0.5, 0, 0, 0.5, 0, 0], [0.5, 0, 0, 0.5, 0.5, 0], [0.5, 0, 0, 0.5, 0, 0.5]]
    choices = np.random.default_rng(0).integers(SLOTS, size=(1, BURN_IN + 400, PARTICLES), dtype=np.uint16)
    points = attractor_points(systems_of(maps, np.array([3])), choices)
    # Its points are those whose coordinates have no binary digit 1 in common.
    x, y = np.minimum(points * 64, 63).astype(int)
    assert (x & y).max() == 0
    assert len(set((64 * x + y).ravel().tolist())) == 3**6


def test_maps_that_do_not_contract_are_made_to() -> None:
    maps = np.random.default_rng(0).uniform(-1, 1, (50, 6)).astype(np.float32)
    norms = np.linalg.norm(contracted(maps)[:, :4].reshape(-1, 2, 2), ord=2, axis=(1, 2))
    before = np.linalg.norm(maps[:, :4].reshape(-1, 2, 2), ord=2, axis=(1, 2))
    assert np.allclose(norms, np.minimum(before, MAX_NORM), atol=1e-5)


def test_points_fill_their_pixels_and_patches_are_stamped() -> None:
    points = np.array([[[0.0, 1.0]], [[0.0, 1.0]]], np.float32)
    filled = rasterised(points, 8)
    assert np.argwhere(filled[0]).tolist() == [[0, 0], [7, 7]]
    cross = np.array([[[0, 1, 0], [1, 1, 1], [0, 1, 0]]], bool)
    assert np.argwhere(stamped(filled, cross)[0]).tolist() == [[0, 0], [0, 1], [1, 0], [6, 7], [7, 6], [7, 7]]


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

"""Fractal classes are stable when there are more of them, and can be told apart."""

import numpy as np
import torch

from supernet.data.fractals import FractalOptions, class_systems, fractals


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

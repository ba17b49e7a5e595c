"""Scenes of digits hold what their options say."""

import torch

from supernet.data.cluttered_digits import cluttered_digits
from supernet.data.digits import digit_split


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

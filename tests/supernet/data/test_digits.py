"""Scanned digits, split once and for all."""

import torch

from supernet import load_dataset


def test_digits_split_is_stratified_and_fixed() -> None:
    data, again = load_dataset("digits"), load_dataset("digits")
    assert (len(data.train_labels), len(data.test_labels)) == (1437, 360)
    assert torch.equal(data.test_images, again.test_images)
    assert torch.bincount(data.test_labels).min() >= 34

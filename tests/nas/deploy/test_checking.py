"""Differences to PyTorch, exact where the file's outputs are made up."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from nas.deploy import Source
from nas.deploy.checking import _agreement, largest_difference


def source(precision: str = "fp32") -> Source:
    double = torch.nn.Linear(2, 2, bias=False)
    torch.nn.init.constant_(double.weight, 2.0)
    return Source(module=double, reference=double, shape=(1, 2), precision=precision)


def off_by(amount: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda images: 2 * images.sum(axis=1, keepdims=True).repeat(2, axis=1) + np.float32(amount)


@pytest.mark.parametrize(("precision", "amount"), [("fp32", 0.0), ("fp32", 5e-5), ("fp16", 5e-3)])
def test_the_largest_difference_is_told(precision: str, amount: float) -> None:
    found = largest_difference(source(precision), off_by(amount), words="it")
    assert found == pytest.approx(amount, abs=2e-6)


@pytest.mark.parametrize("amount", [5e-3, float("nan")])
def test_more_than_the_precision_explains_is_refused(amount: float) -> None:
    with pytest.raises(ValueError, match=r"export check failed: it differs from PyTorch by .*, allowed 1e-04"):
        largest_difference(source(), off_by(amount), words="it")


def test_agreement_counts_images() -> None:
    expected = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    found = expected + np.array([[0.0, 0.0], [0.0, 0.0], [0.0, 1.5], [0.0, 0.0]])
    agreement = _agreement(expected, found, np.array([0, 1, 0, 0]))
    assert (agreement.images, agreement.torch, agreement.onnx, agreement.different) == (4, 75.0, 50.0, 1)
    assert agreement.max_difference == 1.5

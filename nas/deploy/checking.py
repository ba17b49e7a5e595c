"""Files against PyTorch: on images that are hard to get right, and on held-out ones."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nas.deploy.exporter import Source

if TYPE_CHECKING:
    from supernet import DataSource, Network

# Largest absolute difference to PyTorch, relative to the largest output where that exceeds 1. Half precision rounds
# by up to 5e-4 in every layer.
TOLERANCE = {"fp32": 1e-4, "fp16": 1e-2}


def largest_difference(source: Source, run: Callable[[np.ndarray], np.ndarray], *, words: str) -> float:
    """Largest difference to PyTorch on random images, on black ones (where ReLU attention divides 0 by 0 if its
    epsilon is lost) and on ones of a single value; `run` gives the file's outputs, `words` say what runs it.

    Raises:
        ValueError: it is larger than `TOLERANCE` allows.
    """
    import torch

    images = torch.randn(source.shape, generator=torch.Generator().manual_seed(source.seed))
    source.reference.eval()
    largest, tolerance = 0.0, TOLERANCE[source.precision]
    for probe in (images, torch.zeros_like(images), torch.full_like(images, -1.0)):
        with torch.no_grad():
            expected = source.reference(probe).numpy()
        difference = float(np.abs(run(probe.numpy()) - expected).max())
        if not difference <= tolerance * max(1.0, float(np.abs(expected).max())):
            raise ValueError(
                f"export check failed: {words} differs from PyTorch by {difference:.2e}, allowed {tolerance:.0e}; "
                "no file was written"
            )
        largest = max(largest, difference)
    return largest


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """PyTorch against an exported file on held-out images; accuracies in percent."""

    images: int
    torch: float
    onnx: float
    different: int
    max_difference: float


def held_out_agreement(network: "Network", path: Path, data: "DataSource") -> Agreement:
    """Run every held-out image through both, in batches of the size that the file was exported for."""
    import torch

    from nas.deploy.to_onnx import load_onnx
    from supernet import input_side

    run = load_onnx(path)
    network.eval()
    expected, found, labels = list[np.ndarray](), list[np.ndarray](), list[np.ndarray]()
    for images_BCHW, labels_B in data.test_batches(resolution=input_side(network.arch)):
        with torch.no_grad():
            expected.append(network(images_BCHW).numpy())
        found += [run(image[None].numpy()) for image in images_BCHW]
        labels.append(labels_B.numpy())
    return _agreement(np.concatenate(expected), np.concatenate(found), np.concatenate(labels))


def _agreement(expected: np.ndarray, found: np.ndarray, labels: np.ndarray) -> Agreement:
    """Outputs of both, (N, classes), against the labels (N,)."""
    return Agreement(
        images=len(labels),
        torch=100 * float((expected.argmax(axis=1) == labels).mean()),
        onnx=100 * float((found.argmax(axis=1) == labels).mean()),
        different=int((found.argmax(axis=1) != expected.argmax(axis=1)).sum()),
        max_difference=float(np.abs(found - expected).max()),
    )

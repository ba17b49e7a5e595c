"""Digits hidden among pieces of other digits, so that small networks fail where large ones do not.

scikit-learn's digits are placed on a 32-pixel canvas at random scale and position, among random pieces of other
digits, under noise: the "cluttered MNIST" of Mnih et al. (arXiv 1406.6247, section 4.2) with small scanned digits.
Training and held-out images are made of disjoint sets of digits, pieces included.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from supernet.data.augmentation import DIGITS
from supernet.data.digits import digit_split
from supernet.data.memory import ImageData, normalised
from supernet.data.options import check_ranges, name_with_options, parse_options
from supernet.data.plan import batch_generator

NAME = "cluttered-digits"
CANVAS = 32
DIGIT_SCALES = (0.55, 0.9)  # of the canvas
PIECE_SCALES = (0.4, 0.6)
PIECE = 3  # side of a clutter piece in pixels of the 8x8 digit


@dataclass(frozen=True, kw_only=True)
class ClutterOptions:
    """How many images and how hard: more `clutter` pieces and `noise` (standard deviation) are harder."""

    train: int = 6000
    test: int = 1500
    clutter: int = 2
    noise: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        limits = {"train": (10, 1e6), "test": (10, 1e6), "clutter": (0, 64), "noise": (0, 2), "seed": (0, 2**32 - 1)}
        check_ranges(NAME, self, limits)


def cluttered_digits(text: str = "") -> ImageData:
    """The data set with the options in `text`, one channel, ten classes."""
    options = parse_options(ClutterOptions, NAME, text)
    train_digits, train_targets, test_digits, test_targets = digit_split()
    train, train_labels = _scenes(
        train_digits, train_targets, options.train, options, batch_generator(options.seed, 0)
    )
    test, test_labels = _scenes(test_digits, test_targets, options.test, options, batch_generator(options.seed, 1))
    name = name_with_options(NAME, options)
    return normalised(name, train, train_labels, test, test_labels, classes=10, augmentation=DIGITS)


def _scenes(
    digits_N1HW: Tensor, labels_N: Tensor, count: int, options: ClutterOptions, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """`count` canvases in [0, 1], every digit used equally often, and their labels."""
    chosen = torch.arange(count) % len(labels_N)
    canvas = _placed(digits_N1HW[chosen], generator, scales=DIGIT_SCALES)
    for _ in range(options.clutter):
        others = torch.randint(len(labels_N), (count,), generator=generator)
        pieces = _cut(digits_N1HW[others], generator)
        canvas = torch.maximum(canvas, _placed(pieces, generator, scales=PIECE_SCALES))
    noise = torch.randn(canvas.shape, generator=generator) * options.noise
    return (canvas + noise).clamp(0, 1), labels_N[chosen]


def _cut(digits_N1HW: Tensor, generator: torch.Generator) -> Tensor:
    """Each digit with all but one random square of PIECE pixels erased."""
    count, side = len(digits_N1HW), digits_N1HW.shape[2]
    corner = torch.randint(side - PIECE + 1, (2, count, 1), generator=generator)
    inside = (torch.arange(side) >= corner) & (torch.arange(side) < corner + PIECE)
    return digits_N1HW * (inside[0, :, None, :, None] & inside[1, :, None, None, :])


def _placed(digits_N1HW: Tensor, generator: torch.Generator, *, scales: tuple[float, float]) -> Tensor:
    """Each digit at a random size, as a share of the canvas, wholly inside at a random place; (N, 1, 32, 32)."""
    count = len(digits_N1HW)
    low, high = scales
    scale = low + (high - low) * torch.rand(count, generator=generator)
    shift_2N = (torch.rand(2, count, generator=generator) * 2 - 1) * (1 - scale)
    zero = torch.zeros(count)
    theta = torch.stack([1 / scale, zero, -shift_2N[0] / scale, zero, 1 / scale, -shift_2N[1] / scale], dim=1)
    grid = F.affine_grid(theta.reshape(count, 2, 3), [count, 1, CANVAS, CANVAS], align_corners=False)
    return F.grid_sample(digits_N1HW, grid, align_corners=False)

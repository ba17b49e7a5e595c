"""Formula-driven classes: fractals of iterated function systems, as in FractalDB (arXiv 2101.08515, section 3).

A class is one set of 2 to 8 affine maps with parameters uniform in [-1, 1], chosen with probabilities proportional to
|det|, and refused where its points fill too little of the image. Instances multiply the parameters by factors near 1
and are drawn with a random 3x3 patch, flips and colour. Unlike there, maps that do not contract are scaled down until
they do, all six parameters change at once, and the factors are continuous, so that no number of instances runs out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from supernet.data.augmentation import FRACTALS
from supernet.data.ifs import (
    BURN_IN,
    MAX_MAPS,
    PARTICLES,
    SLOTS,
    Floats,
    Systems,
    attractor_points,
    contracted,
    rasterised,
    stamped,
    systems_of,
)
from supernet.data.memory import ImageData, normalised
from supernet.data.options import check_ranges, name_with_options, parse_options

NAME = "fractals"
MIN_FILLED = 0.2  # FractalDB's filling rate, here of a small image with as many points as pixels
PROBE_SIDE = 48
POINTS_PER_PIXEL = 1.5
MAX_ATTEMPTS = 1000
MAX_VALUES = 2**30  # 4 GiB of float32
_CLASS, _TRAIN, _TEST = range(3)


@dataclass(frozen=True, kw_only=True)
class FractalOptions:
    """Which classes, how many images of each, and how hard.

    `perturbation` is the largest relative change of a parameter within a class (FractalDB: 0.2); more is harder. Few
    images of a class make all networks alike, as they learn them by heart: of the space `digits`, trained alone on
    1,200 batches of 64, the smallest network and one eight times its size reach 57 and 57 % with `per_class=50` and
    `perturbation=0.4`, 80 and 89 % with the defaults.
    """

    classes: int = 100
    size: int = 32
    channels: int = 3
    per_class: int = 200
    test_per_class: int = 10
    perturbation: float = 0.3
    seed: int = 0

    def __post_init__(self) -> None:
        limits = {
            "classes": (2, 100_000),
            "size": (8, 1024),
            "per_class": (1, 100_000),
            "test_per_class": (1, 100_000),
            "perturbation": (0, 0.9),
            "seed": (0, 2**32 - 1),
        }
        check_ranges(NAME, self, limits)
        if self.channels not in (1, 3):
            raise ValueError(f"{NAME}: channels must be 1 or 3, got {self.channels}")
        values = self.classes * (self.per_class + self.test_per_class) * self.channels * self.size**2
        if values > MAX_VALUES:
            raise ValueError(
                f"{NAME}: these options need {values / 2**28:.1f} GiB of memory, more than {MAX_VALUES / 2**28:.0f}; "
                "lower classes, size, per_class or test_per_class"
            )


def fractals(text: str = "") -> ImageData:
    """The data set with the options in `text`; held-out images are other instances of the same classes."""
    options = parse_options(FractalOptions, NAME, text)
    systems = class_systems(options)
    train, train_labels = _split(systems, options, _TRAIN, options.per_class)
    test, test_labels = _split(systems, options, _TEST, options.test_per_class)
    name = name_with_options(NAME, options)
    return normalised(name, train, train_labels, test, test_labels, classes=options.classes, augmentation=FRACTALS)


def class_systems(options: FractalOptions) -> Systems:
    """One system for each class, the first of its draws that fills enough; more classes leave the first as they are.

    Raises:
        RuntimeError: none of 1,000 draws did.
    """
    found = Systems(
        maps=np.zeros((options.classes, MAX_MAPS, 6), np.float32), slots=np.zeros((options.classes, SLOTS), np.uint8)
    )
    pending = np.arange(options.classes)
    for attempt in range(MAX_ATTEMPTS):
        draws = [_drawn([options.seed, _CLASS, int(label), attempt]) for label in pending]
        drawn = systems_of(np.stack([maps for maps, _ in draws]), np.array([count for _, count in draws]))
        good = _filled(drawn) >= MIN_FILLED
        found.maps[pending[good]], found.slots[pending[good]] = drawn.maps[good], drawn.slots[good]
        pending = pending[~good]
        if not len(pending):
            return found
    raise RuntimeError(f"no fractal that fills {MIN_FILLED:.0%} of the image for class {pending[0]}")


def render(systems: Systems, rngs: Sequence[np.random.Generator], options: FractalOptions) -> npt.NDArray[np.uint8]:
    """One instance of each system as images (B, channels, size, size); its generator decides everything random."""
    steps = BURN_IN + -(-int(POINTS_PER_PIXEL * options.size**2) // PARTICLES)
    choices = np.stack([rng.integers(SLOTS, size=(steps, PARTICLES), dtype=np.uint16) for rng in rngs])
    factors = np.stack([rng.uniform(-1, 1, 6) for rng in rngs])[:, None] * options.perturbation + 1
    patches = np.stack([rng.random((3, 3)) < 0.3 for rng in rngs])
    patches[:, 1, 1] = True
    perturbed = Systems(maps=contracted((systems.maps * factors).astype(np.float32)), slots=systems.slots)
    shapes = stamped(rasterised(attractor_points(perturbed, choices), options.size), patches)
    for shape, rng in zip(shapes, rngs, strict=True):
        shape[:] = shape[:: rng.choice((-1, 1)), :: rng.choice((-1, 1))]
    colours = np.stack([rng.integers(96, 256, options.channels, dtype=np.uint8) for rng in rngs])
    return shapes[:, None] * colours[:, :, None, None]


def _split(systems: Systems, options: FractalOptions, kind: int, count: int) -> tuple[Tensor, Tensor]:
    """`count` images (N, channels, size, size) in [0, 1] of every class, in order of their labels, and the labels."""
    images = np.empty((options.classes, count, options.channels, options.size, options.size), np.uint8)
    for label in range(options.classes):
        for first in range(0, count, _CHUNK):
            indices = range(first, min(first + _CHUNK, count))
            rngs = [np.random.default_rng([options.seed, kind, label, index]) for index in indices]
            images[label, indices.start : indices.stop] = render(systems[np.full(len(rngs), label)], rngs, options)
    labels = torch.arange(options.classes).repeat_interleave(count)
    return torch.from_numpy(images.reshape(-1, *images.shape[2:])).float() / 255, labels


_CHUNK = 32  # renderings at once: enough to be fast, few enough to stay in the cache


def _drawn(key: list[int]) -> tuple[Floats, int]:
    """A random set of maps (8, 6) and how many of them count."""
    rng = np.random.default_rng(key)
    return rng.uniform(-1, 1, (MAX_MAPS, 6)).astype(np.float32), int(rng.integers(2, MAX_MAPS + 1))


def _filled(systems: Systems) -> npt.NDArray[np.floating]:
    """Share of the cells of a small image that hold a point, (B,)."""
    rng = np.random.default_rng(0)
    steps = BURN_IN + PROBE_SIDE**2 // PARTICLES
    choices = rng.integers(SLOTS, size=(steps, PARTICLES), dtype=np.uint16)
    repeated = np.broadcast_to(choices, (len(systems.maps), *choices.shape))
    return rasterised(attractor_points(systems, repeated), PROBE_SIDE).mean(axis=(1, 2))

"""Iterated function systems: sets of affine maps, their attractors as points, and points as images.

All functions work on B systems at once.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

MAX_MAPS = 8
MAX_NORM = 0.98
SLOTS = 1024  # probabilities are rounded to 1/SLOTS, which makes the choice of a map one look-up
PARTICLES = 64
BURN_IN = 24  # steps until points started at 0 lie on the attractor for the eye
MARGIN = 0.03  # of the image, on each side


@dataclass(frozen=True, kw_only=True, eq=False)
class Systems:
    """Affine maps (B, 8, 6) as a, b, c, d, e, f, and the map (B, SLOTS) that each random slot stands for.

    A map takes (x, y) to (a x + b y + e, c x + d y + f).
    """

    maps: Floats
    slots: npt.NDArray[np.uint8]

    def __getitem__(self, rows: npt.NDArray[np.intp]) -> "Systems":
        return Systems(maps=self.maps[rows], slots=self.slots[rows])


def contracted(maps: Floats) -> Floats:
    """The maps (..., 6), those with a spectral norm above 0.98 scaled down to it, so that an attractor exists."""
    a, b, c, d = np.moveaxis(maps[..., :4], -1, 0)
    # The larger singular value of a 2x2 matrix in closed form.
    norm = (np.hypot(a + d, b - c) + np.hypot(a - d, b + c)) / 2
    linear = maps[..., :4] * np.minimum(1, MAX_NORM / np.maximum(norm, 1e-6))[..., None]
    return np.concatenate([linear, maps[..., 4:]], axis=-1)


def systems_of(maps: Floats, counts: npt.NDArray[np.integer]) -> Systems:
    """Systems of the first `counts` (B,) maps of each row, chosen with probabilities proportional to |det|.

    A flat map keeps a small probability, as its part of the attractor would be missing otherwise.
    """
    maps = contracted(maps)
    weights = np.abs(maps[..., 0] * maps[..., 3] - maps[..., 1] * maps[..., 2]) + 0.01
    weights *= np.arange(maps.shape[1]) < counts[:, None]
    bounds = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
    places = (np.arange(SLOTS) + 0.5) / SLOTS
    slots = (places[None, :, None] > bounds[:, None, :-1]).sum(axis=2).astype(np.uint8)
    return Systems(maps=maps, slots=slots)


def attractor_points(systems: Systems, choices: npt.NDArray[np.uint16]) -> Floats:
    """Points (2, B, steps * PARTICLES) on the attractors by the chaos game.

    `choices` (B, BURN_IN + steps, PARTICLES) are random slots.
    """
    count, steps = choices.shape[0], choices.shape[1] - BURN_IN
    flat = np.moveaxis(systems.maps, 2, 0).reshape(6, -1)
    chosen = np.take_along_axis(systems.slots, choices.reshape(count, -1), axis=1).reshape(choices.shape)
    rows = np.arange(count)[:, None] * systems.maps.shape[1]
    found = np.empty((2, count, steps, PARTICLES), np.float32)
    x = y = np.zeros((count, PARTICLES), np.float32)
    for step in range(choices.shape[1]):
        a, b, c, d, e, f = np.take(flat, rows + chosen[:, step], axis=1)
        x, y = a * x + b * y + e, c * x + d * y + f
        if step >= BURN_IN:
            found[0, :, step - BURN_IN], found[1, :, step - BURN_IN] = x, y
    return found.reshape(2, count, -1)


def rasterised(points: Floats, side: int) -> npt.NDArray[np.bool_]:
    """Which pixels (B, side, side) hold a point (2, B, n), each row's bounding box stretched over the image."""
    low, high = points.min(axis=2, keepdims=True), points.max(axis=2, keepdims=True)
    unit = (points - low) / np.maximum(high - low, 1e-6)
    pixels = ((MARGIN + (1 - 2 * MARGIN) * unit) * side).astype(np.int64)
    filled = np.zeros((points.shape[1], side * side), np.bool_)
    np.put_along_axis(filled, pixels[1] * side + pixels[0], True, axis=1)
    return filled.reshape(-1, side, side)


def stamped(filled: npt.NDArray[np.bool_], patches: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Each filled pixel (B, H, W) replaced by its row's 3x3 patch (B, 3, 3)."""
    height, width = filled.shape[1:]
    padded = np.pad(filled, ((0, 0), (1, 1), (1, 1)))
    out = np.zeros_like(filled)
    for row in range(3):
        for column in range(3):
            moved = padded[:, 2 - row : 2 - row + height, 2 - column : 2 - column + width]
            out |= moved & patches[:, row, column, None, None]
    return out

"""Which images make up which training batch: a function of (seed, epoch) alone.

One global order is cut into batches, and rank r of `world` takes the batches r, r + world, ... So `world` ranks see
in one step what one process sees that accumulates `world` batches, and any batch can be named without making those
before it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from supernet.data.source import Resolutions

# The second number of each seed keeps streams apart that share (seed, epoch).
_ORDER, _RESOLUTION, _IMAGE, _AUGMENTATION = range(4)


@dataclass(frozen=True, kw_only=True, eq=False)
class PlannedBatch:
    """Images of one batch, `indices` (B,), and the size at which they are wanted."""

    indices: npt.NDArray[np.int64]
    resolution: int


def batches_per_epoch(count: int, *, batch: int, world: int = 1) -> int:
    """Batches of each rank in an epoch of `count` images; what does not fill a batch on every rank is left out.

    Raises:
        ValueError: there is not even one.
    """
    if batch < 1 or world < 1:
        raise ValueError(f"batch and world must be at least 1, got {batch} and {world}")
    if count < batch * world:
        raise ValueError(
            f"a batch of {batch} on {world} process(es) takes {batch * world} training images; there are {count}"
        )
    return count // (batch * world)


def plan_batches(
    count: int,
    *,
    epoch: int,
    batch: int,
    seed: int,
    start: int = 0,
    rank: int = 0,
    world: int = 1,
    resolutions: tuple[int, ...],
) -> list[PlannedBatch]:
    """The batches of one rank from its batch `start` on; all ranks draw the same resolution in the same step.

    Raises:
        ValueError: too few images, a rank outside the world or a start outside the epoch.
    """
    steps = batches_per_epoch(count, batch=batch, world=world)
    if not 0 <= rank < world:
        raise ValueError(f"rank must be from 0 to {world - 1}, got {rank}")
    if not 0 <= start <= steps:
        raise ValueError(f"start must be from 0 to {steps}, got {start}")
    order = _stream(seed, _ORDER, epoch).permutation(count)[: steps * world * batch].reshape(steps, world, batch)
    sizes = _stream(seed, _RESOLUTION, epoch).choice(resolutions, size=steps)
    return [PlannedBatch(indices=order[step, rank], resolution=int(sizes[step])) for step in range(start, steps)]


def plan_in_order(indices: npt.NDArray[np.int64], *, batch: int, resolution: int) -> list[PlannedBatch]:
    """All of `indices`, in their order; the last batch may be smaller."""
    if batch < 1:
        raise ValueError(f"batch must be at least 1, got {batch}")
    parts = np.split(indices, range(batch, len(indices), batch))
    return [PlannedBatch(indices=part, resolution=resolution) for part in parts]


def calibration_indices(count: int, wanted: int) -> npt.NDArray[np.int64]:
    """A fixed random choice of training images."""
    order = torch.randperm(count, generator=torch.Generator().manual_seed(0))
    return order[:wanted].numpy()


def image_stream(seed: int, epoch: int, index: int) -> np.random.Generator:
    """What is random about one training image in one epoch."""
    return np.random.default_rng([seed, _IMAGE, epoch, index])


def augmentation_generator(seed: int, epoch: int, index: int) -> torch.Generator:
    """What is random about a whole training batch, the one with number `index` of an epoch's order."""
    return batch_generator(seed, _AUGMENTATION, epoch, index)


def batch_generator(*key: int) -> torch.Generator:
    """A torch generator that depends on the numbers of `key` alone, say (seed, step, rank)."""
    first, second = np.random.SeedSequence(key).generate_state(2, np.uint32)
    return torch.Generator().manual_seed(int(first) << 31 ^ int(second))


def chosen_resolutions(wanted: Resolutions, own: int) -> tuple[int, ...]:
    """`wanted` as a tuple.

    Raises:
        ValueError: empty, or a size below 1.
    """
    sizes = (own,) if wanted is None else (wanted,) if isinstance(wanted, int) else wanted
    if not sizes or min(sizes) < 1:
        raise ValueError(f"resolutions must be positive, got {wanted}")
    return sizes


def _stream(seed: int, kind: int, epoch: int) -> np.random.Generator:
    return np.random.default_rng([seed, kind, epoch])

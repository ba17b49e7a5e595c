"""A data set whose images are decoded when they are wanted, in worker processes."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from supernet.data.augmentation import PHOTOGRAPHS, Augmentation
from supernet.data.plan import (
    PlannedBatch,
    calibration_indices,
    chosen_resolutions,
    image_stream,
    plan_batches,
    plan_in_order,
)
from supernet.data.reader import ImageReader, Pixels
from supernet.data.skipped import SkippedImages, UnreadableImageError
from supernet.data.source import Resolutions

MAX_WORKERS = 8
MAX_KEPT_BYTES = 2**30
Decoded = tuple[Tensor, list[int], list[tuple[str, str]]]
"""Readable images (n, R, R, channels), their n places in the planned batch, and the unreadable with reasons."""


@dataclass(frozen=True, kw_only=True, eq=False)
class StreamedData:
    """The images of a reader as a data source, decoded in `workers` processes (None: one for each core, at most 8).

    An unreadable image is skipped, counted and named in `skipped`. Its place in a training batch goes to the next
    readable image of that batch, so that batches keep their size on every rank; calibration and testing leave it out.
    A search reads the same images for every network: up to 1 GiB of calibration and held-out pixels stay in memory.
    """

    reader: ImageReader
    workers: int | None = None
    skipped: SkippedImages = field(default_factory=SkippedImages)
    _kept: dict[tuple[bool, int, int], list["Decoded"]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 0:
            raise ValueError(f"workers must be at least 0, got {self.workers}")

    @property
    def name(self) -> str:
        """The reader's: what `load_dataset` takes to make the same data set again."""
        return self.reader.name

    @property
    def task(self) -> str:
        """What the reader's labels are for."""
        return self.reader.task

    @property
    def augmentation(self) -> Augmentation:
        """What suits photographs that are cropped and flipped while decoding."""
        return PHOTOGRAPHS

    @property
    def classes(self) -> int:
        """How many classes the reader's labels tell apart."""
        return self.reader.classes

    @property
    def channels(self) -> int:
        """Channels of every image as the reader decodes it."""
        return self.reader.channels

    @property
    def resolution(self) -> int:
        """Height and width unless another size is asked for."""
        return self.reader.resolution

    @property
    def mean(self) -> tuple[float, ...]:
        """Subtracted from images in [0, 1], one number for each channel."""
        return self.reader.mean

    @property
    def std(self) -> tuple[float, ...]:
        """What the result is divided by."""
        return self.reader.std

    @property
    def crops(self) -> bool:
        """Training images come out cropped and flipped."""
        return True

    @property
    def train_count(self) -> int:
        """Training images, unreadable ones included."""
        return len(self.reader.train_labels)

    @property
    def test_count(self) -> int:
        """Held-out images, unreadable ones included."""
        return len(self.reader.test_labels)

    def train_batches(
        self,
        *,
        epoch: int,
        batch: int,
        seed: int,
        start: int = 0,
        rank: int = 0,
        world: int = 1,
        resolution: Resolutions = None,
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """This rank's batches of an epoch from its batch `start` on.

        Raises:
            ValueError: while iterating, where a batch has no readable image at all.
        """
        plan = plan_batches(
            self.train_count,
            epoch=epoch,
            batch=batch,
            seed=seed,
            start=start,
            rank=rank,
            world=world,
            resolutions=chosen_resolutions(resolution, self.resolution),
        )
        read = partial(_read_train, self.reader, seed, epoch)
        decoded = map(self._normalised, self._decoded(read, plan))
        for part, (images_BCHW, places) in zip(plan, decoded, strict=True):
            if not len(places):
                reasons = self.skipped.describe(limit=3)
                raise ValueError(f"none of the {len(part.indices)} images of a batch can be decoded; {reasons}")
            rows = np.searchsorted(places, np.arange(len(part.indices))) % len(places)
            labels_B = torch.from_numpy(self.reader.train_labels[part.indices[places[rows]]])
            yield images_BCHW[torch.from_numpy(rows)] if len(places) < len(rows) else images_BCHW, labels_B

    def calibration_batches(
        self, *, batches: int = 8, size: int = 64, resolution: int | None = None
    ) -> Iterator[Tensor]:
        """The fixed training images, centre crops, on which batch-norm statistics are re-estimated."""
        indices = calibration_indices(self.train_count, batches * size)
        plan = plan_in_order(indices, batch=size, resolution=resolution or self.resolution)
        found = map(self._normalised, self._whole(plan, train=True))
        return (images_BCHW for images_BCHW, places in found if len(places))

    def test_batches(self, *, batch: int = 180, resolution: int | None = None) -> Iterator[tuple[Tensor, Tensor]]:
        """Every readable held-out image once, its centre crop, in a fixed order."""
        plan = plan_in_order(np.arange(self.test_count), batch=batch, resolution=resolution or self.resolution)
        found = map(self._normalised, self._whole(plan, train=False))
        for part, (images_BCHW, places) in zip(plan, found, strict=True):
            if len(places):
                yield images_BCHW, torch.from_numpy(self.reader.test_labels[part.indices[places]])

    def notes(self) -> list[str]:
        """The reader's notes and the images skipped so far."""
        return [*self.reader.notes, *([self.skipped.describe()] if self.skipped else [])]

    def _whole(self, plan: Sequence[PlannedBatch], *, train: bool) -> Iterator[Decoded]:
        """Centre crops, from memory where they were read before and are few enough."""
        images, size, resolution = sum(len(part.indices) for part in plan), len(plan[0].indices), plan[0].resolution
        key = (train, size, resolution)
        if key in self._kept:
            yield from self._kept[key]
            return
        kept_bytes = sum(batch[0].nbytes for batches in self._kept.values() for batch in batches)
        fits = kept_bytes + images * resolution**2 * self.channels <= MAX_KEPT_BYTES
        batches = list[Decoded]()
        for batch in self._decoded(partial(self.reader.read_whole, train=train), plan):
            if fits:
                batches.append(batch)
            yield batch
        if fits:
            self._kept[key] = batches

    def _decoded(self, read: Callable[[int, int], Pixels], plan: Sequence[PlannedBatch]) -> Iterator[Decoded]:
        """Each batch in its order; unreadable images are put down as skipped."""
        workers = min(MAX_WORKERS, _cores()) if self.workers is None else self.workers
        # A whole batch is one item of the loader, so it is the same whichever worker makes it. The loader draws a
        # seed for its workers; from a generator of its own, so that torch's global one stays as it is.
        loader = DataLoader(
            _Batches(read, plan),
            batch_size=None,
            num_workers=min(workers, len(plan)),
            generator=torch.Generator(),
        )
        for batch in loader:
            self.skipped.reasons.update(batch[2])
            yield batch

    def _normalised(self, batch: Decoded) -> tuple[Tensor, npt.NDArray[np.intp]]:
        """Images (n, channels, R, R) float32 and their places in the planned batch."""
        pixels_BHWC, places, _ = batch
        mean, std = torch.tensor(self.mean)[:, None, None], torch.tensor(self.std)[:, None, None]
        images_BCHW = pixels_BHWC.permute(0, 3, 1, 2).float()
        return ((images_BCHW / 255 - mean) / std).contiguous(), np.array(places, np.intp)


class _Batches(Dataset[Decoded]):
    """Planned batches, each decoded as one item."""

    def __init__(self, read: Callable[[int, int], Pixels], plan: Sequence[PlannedBatch]) -> None:
        self._read, self._plan = read, plan

    def __len__(self) -> int:
        return len(self._plan)

    def __getitem__(self, item: int) -> Decoded:
        part = self._plan[item]
        images, places, unreadable = list[Pixels](), list[int](), list[tuple[str, str]]()
        for place, index in enumerate(part.indices.tolist()):
            try:
                images.append(self._read(index, part.resolution))
                places.append(place)
            except UnreadableImageError as error:
                unreadable.append((error.image, error.reason))
        pixels = np.stack(images) if images else np.empty((0, part.resolution, part.resolution, 1), np.uint8)
        return torch.from_numpy(pixels), places, unreadable


def _read_train(reader: ImageReader, seed: int, epoch: int, index: int, resolution: int) -> Pixels:
    return reader.read_train(index, resolution, image_stream(seed, epoch, index))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

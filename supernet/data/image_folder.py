"""Image folders: `train/<class>/*.jpg` and `val/<class>/*.jpg`, as ImageNet is usually unpacked."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from supernet.data.decoding import read_centre, read_random_crop
from supernet.data.streamed import StreamedData

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp")
HELD_OUT_SHARE = 0.1
CROP_AREA = (0.08, 1.0)
FLIP = 0.5
# of ImageNet's training images, in [0, 1]
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True, kw_only=True, eq=False)
class FolderReader:
    """Files of an image folder, relative to `root`, with their labels; `class_names` are sorted."""

    root: Path
    class_names: tuple[str, ...]
    train_files: tuple[str, ...]
    test_files: tuple[str, ...]
    train_labels: npt.NDArray[np.int64]
    test_labels: npt.NDArray[np.int64]
    notes: tuple[str, ...] = ()
    task: str = "classification"
    channels: int = 3
    resolution: int = 224
    mean: tuple[float, ...] = MEAN
    std: tuple[float, ...] = STD

    @property
    def name(self) -> str:
        """The folder's absolute path, so that a supernet finds its data from every working directory."""
        return str(self.root.resolve())

    @property
    def classes(self) -> int:
        """How many folders of classes `train` holds."""
        return len(self.class_names)

    def read_train(self, index: int, resolution: int, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
        """A random part, mirrored or not."""
        file = self.train_files[index]
        return read_random_crop(self.root / file, file, resolution, rng, area=CROP_AREA, flip=FLIP)

    def read_whole(self, index: int, resolution: int, *, train: bool) -> npt.NDArray[np.uint8]:
        """The central square, nothing random about it."""
        file = (self.train_files if train else self.test_files)[index]
        return read_centre(self.root / file, file, resolution)


def image_folder(path: Path, *, workers: int | None = None) -> StreamedData:
    """The folder as a data source; without `val`, a tenth of the training images by the hash of their names.

    A file's class and name alone decide whether it is held out, so adding images moves no other one.

    Raises:
        ValueError: folders or images are missing, or `train` and `val` have different classes.
    """
    train = _files(path, "train")
    class_names, notes = tuple(train), tuple[str, ...]()
    if (path / "val").is_dir():
        test = _files(path, "val")
        _check_same_classes(path, set(train), set(test))
    else:
        test = {name: [file for file in files if _held_out(file)] for name, files in train.items()}
        train = {name: [file for file in files if not _held_out(file)] for name, files in train.items()}
        if not any(test.values()) or not all(train.values()):
            raise ValueError(f"{path} has no val folder and too few images in train to hold any out")
        count = sum(len(files) for files in test.values())
        notes = (f"{path} has no val folder: {count} training images, chosen by hash, are held out instead",)
    reader = FolderReader(
        root=path,
        class_names=class_names,
        notes=notes,
        train_files=tuple(file for files in train.values() for file in files),
        test_files=tuple(file for name in class_names for file in test[name]),
        train_labels=np.repeat(np.arange(len(train)), [len(files) for files in train.values()]),
        test_labels=np.repeat(np.arange(len(train)), [len(test[name]) for name in class_names]),
    )
    return StreamedData(reader=reader, workers=workers)


def _files(root: Path, split: str) -> dict[str, list[str]]:
    """Class names -> files relative to `root`, both sorted."""
    folder = root / split
    if not folder.is_dir():
        raise ValueError(f"{folder} is no folder; image folders hold train/<class>/*.jpg and val/<class>/*.jpg")
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    if len(names) < 2:
        raise ValueError(f"{folder} holds {len(names)} class folder(s); at least 2 are needed")
    found = {
        name: sorted(
            file.relative_to(root).as_posix()
            for file in (folder / name).rglob("*")
            if file.suffix.lower() in SUFFIXES and not file.name.startswith(".")
        )
        for name in names
    }
    empty = [name for name, files in found.items() if not files]
    if empty:
        raise ValueError(f"{folder}: no images ({' '.join(SUFFIXES)}) of class(es) {_listed(empty)}")
    return found


def _check_same_classes(root: Path, train: set[str], test: set[str]) -> None:
    if train != test:
        parts = [("train", train - test), ("val", test - train)]
        named = "; ".join(f"only in {split}: {_listed(sorted(names))}" for split, names in parts if names)
        raise ValueError(f"{root}: train and val must hold the same classes; {named}")


def _listed(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _held_out(file: str) -> bool:
    digest = hashlib.sha256(file.encode()).digest()
    return int.from_bytes(digest[:8], "big") < HELD_OUT_SHARE * 2**64

"""Image folders: classes and files of every kind, what is held out, and what is wrong with a folder."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from supernet.data import StreamedData, image_folder, load_dataset
from supernet.data.decoding import read_centre


def noise(seed: int, height: int = 40, width: int = 56) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(256, size=(height, width, 3), dtype=np.uint8))


def test_classes_are_sorted_and_files_counted(folder: Path) -> None:
    data = load_dataset(str(folder))
    assert isinstance(data, StreamedData)
    assert data.reader.class_names == ("ant", "bee", "cat")  # type: ignore[attr-defined]
    assert (data.name, data.classes, data.channels) == (str(folder), 3, 3)
    assert (data.train_count, data.test_count, data.notes()) == (24, 9, [])


def test_held_out_images_are_centre_crops_in_order(folder: Path) -> None:
    data = image_folder(folder, workers=0)
    images, labels = next(data.test_batches(batch=20, resolution=35))
    assert labels.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    mean, std = (torch.tensor(value)[:, None, None] for value in (data.mean, data.std))
    pixels = ((images[1] * std + mean) * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()
    assert np.array_equal(pixels, read_centre(folder / "val" / "ant" / "1.png", "", 35))


def test_without_val_a_tenth_is_held_out_by_name(folder: Path) -> None:
    for index in range(100):
        for name in ("ant", "bee", "cat"):
            noise(index, 8, 8).save(folder / "train" / name / f"more-{index}.png")
    for file in (folder / "val").rglob("*.*"):
        file.unlink()
    for name in ("ant", "bee", "cat"):
        (folder / "val" / name).rmdir()
    (folder / "val").rmdir()
    data, again = image_folder(folder), image_folder(folder)
    assert data.train_count + data.test_count == 324
    assert 15 <= data.test_count <= 60
    assert data.notes() == [
        f"{folder} has no val folder: {data.test_count} training images, chosen by hash, are held out instead"
    ]
    first, second = data.reader, again.reader
    assert first.test_files == second.test_files  # type: ignore[attr-defined]
    assert not set(first.test_files) & set(first.train_files)  # type: ignore[attr-defined]


def test_unusable_folders_are_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unknown data set 'imagnet'; known: digits, cluttered-digits, fractals"):
        load_dataset("imagnet")
    with pytest.raises(ValueError, match=r"ant/train is no folder; image folders hold train/<class>"):
        load_dataset(str(folder / "train" / "ant"))
    (folder / "val" / "cat").rename(folder / "val" / "dog")
    with pytest.raises(ValueError, match="the same classes; only in train: cat; only in val: dog"):
        load_dataset(str(folder))
    (folder / "train" / "empty").mkdir()
    with pytest.raises(ValueError, match=r"train: no images .* of class\(es\) empty"):
        load_dataset(str(folder))

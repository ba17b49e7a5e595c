"""Image folders: every kind of file, the same batches for any number of workers, damaged files named."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from supernet.data import DataSource, StreamedData, image_folder, load_dataset
from supernet.data.decoding import read_centre

WORKERS = [0, 2]


def noise(seed: int, height: int = 40, width: int = 56) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(256, size=(height, width, 3), dtype=np.uint8))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three classes of 8 training and 3 held-out images of several formats."""
    for split, count in (("train", 8), ("val", 3)):
        for label, name in enumerate(("bee", "ant", "cat")):
            (tmp_path / split / name).mkdir(parents=True)
            for index in range(count):
                suffix = ("jpg", "png", "webp", "JPEG")[index % 4]
                noise(100 * label + index + 50 * (split == "val")).save(tmp_path / split / name / f"{index}.{suffix}")
    (tmp_path / "train" / "ant" / "notes.txt").write_text("not an image")
    return tmp_path


def images_of(data: DataSource, **changes: object) -> list[tuple[torch.Tensor, torch.Tensor]]:
    values: dict[str, object] = {"epoch": 1, "batch": 5, "seed": 3, "resolution": (16, 24)}
    return list(data.train_batches(**{**values, **changes}))  # type: ignore[arg-type]


def same(first: list[tuple[torch.Tensor, torch.Tensor]], second: list[tuple[torch.Tensor, torch.Tensor]]) -> bool:
    pairs = zip(first, second, strict=True)
    return all(torch.equal(a, b) and torch.equal(c, d) for (a, c), (b, d) in pairs)


def test_classes_are_sorted_and_files_counted(folder: Path) -> None:
    data = load_dataset(str(folder))
    assert isinstance(data, StreamedData)
    assert data.reader.class_names == ("ant", "bee", "cat")  # type: ignore[attr-defined]
    assert (data.name, data.classes, data.channels) == (str(folder), 3, 3)
    assert (data.train_count, data.test_count, data.notes()) == (24, 9, [])


def test_batches_do_not_depend_on_the_workers(folder: Path) -> None:
    before = torch.random.get_rng_state()
    alone, helped = (image_folder(folder, workers=workers) for workers in WORKERS)
    assert same(images_of(alone), images_of(helped))
    assert same(list(alone.test_batches(batch=4)), list(helped.test_batches(batch=4)))
    assert torch.equal(before, torch.random.get_rng_state())


def test_a_later_start_and_a_second_reading_give_the_same_images(folder: Path) -> None:
    data = image_folder(folder, workers=0)
    assert same(images_of(data, start=2), images_of(data)[2:])
    assert not same(images_of(data, epoch=2), images_of(data))


def test_ranks_see_what_one_process_sees(folder: Path) -> None:
    data = image_folder(folder, workers=0)
    ranks = [images_of(data, rank=rank, world=2, resolution=16) for rank in (0, 1)]
    together = [batch for step in zip(*ranks, strict=True) for batch in step]
    assert same(together, images_of(data, resolution=16)[: len(together)])


def test_held_out_images_are_centre_crops_in_order(folder: Path) -> None:
    data = image_folder(folder, workers=0)
    images, labels = next(data.test_batches(batch=20, resolution=35))
    assert labels.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    mean, std = (torch.tensor(value)[:, None, None] for value in (data.mean, data.std))
    pixels = ((images[1] * std + mean) * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()
    assert np.array_equal(pixels, read_centre(folder / "val" / "ant" / "1.png", "", 35))


def test_whole_images_are_decoded_once(folder: Path) -> None:
    data = image_folder(folder, workers=0)
    first, calibration = list(data.test_batches(batch=4)), list(data.calibration_batches())
    for file in folder.rglob("*.*"):
        file.unlink()
    assert same(first, list(data.test_batches(batch=4)))
    assert all(map(torch.equal, calibration, data.calibration_batches()))
    assert not list(data.test_batches(batch=5))  # another plan is another reading
    assert len(data.skipped) == 9


@pytest.mark.parametrize("workers", WORKERS)
def test_damaged_images_are_skipped_counted_and_named(folder: Path, workers: int) -> None:
    whole = (folder / "train" / "ant" / "0.jpg").read_bytes()
    (folder / "train" / "ant" / "0.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "train" / "bee" / "1.png").write_bytes(b"")
    (folder / "val" / "cat" / "0.jpg").write_bytes(b"<html>not found</html>")
    data = image_folder(folder, workers=workers)
    batches = images_of(data, batch=6)
    assert [len(labels) for _, labels in batches] == [6] * 4
    seen = torch.cat([labels for _, labels in batches])
    assert len(seen) == 24
    assert sum(len(labels) for _, labels in data.test_batches()) == 8
    assert sum(len(images) for images in data.calibration_batches()) == 22
    assert sorted(data.skipped.reasons) == ["train/ant/0.jpg", "train/bee/1.png", "val/cat/0.jpg"]
    (note,) = data.notes()
    assert note.startswith("3 unreadable image(s) were skipped:\n  train/ant/0.jpg: OSError: ")


def test_images_and_labels_stay_together_beside_damaged_ones(tmp_path: Path) -> None:
    for split in ("train", "val"):
        for label, name in enumerate("abcd"):
            (tmp_path / split / name).mkdir(parents=True)
            for index in range(3):
                Image.new("RGB", (20, 20), (80 * label,) * 3).save(tmp_path / split / name / f"{index}.png")
    (tmp_path / "train" / "b" / "1.png").write_bytes(b"damaged")
    data = image_folder(tmp_path, workers=0)
    for images, labels in images_of(data, batch=6):
        grey = (images[:, 0].mean(dim=(1, 2)) * data.std[0] + data.mean[0]) * 255
        assert (grey / 80).round().long().tolist() == labels.tolist()


def test_a_batch_without_a_readable_image_is_an_error(folder: Path) -> None:
    for file in (folder / "train").rglob("*.*"):
        file.write_bytes(b"damaged")
    with pytest.raises(ValueError, match="none of the 5 images of a batch can be decoded; 5 unreadable"):
        images_of(image_folder(folder, workers=0))


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

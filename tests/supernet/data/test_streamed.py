"""Streamed images: the same batches for any number of workers, damaged files skipped, counted and named."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from supernet.data import DataSource, image_folder

WORKERS = [0, 2]


def images_of(data: DataSource, **changes: object) -> list[tuple[torch.Tensor, torch.Tensor]]:
    values: dict[str, object] = {"epoch": 1, "batch": 5, "seed": 3, "resolution": (16, 24)}
    return list(data.train_batches(**{**values, **changes}))  # type: ignore[arg-type]


def same(first: list[tuple[torch.Tensor, torch.Tensor]], second: list[tuple[torch.Tensor, torch.Tensor]]) -> bool:
    pairs = zip(first, second, strict=True)
    return all(torch.equal(a, b) and torch.equal(c, d) for (a, c), (b, d) in pairs)


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

"""Training improves, resumes to the bit, and refuses damaged checkpoints by name."""

import csv
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

from search_space import SearchSpace, named_space
from supernet import (
    Callbacks,
    ImageData,
    Progress,
    Supernet,
    TrainConfig,
    evaluate,
    load_dataset,
    load_supernet,
    train,
)
from supernet.checkpoint import file_digest

CONFIG = TrainConfig(epochs=2, batch=32, recipe="sandwich", seed=1)


@pytest.fixture(scope="module")
def few_digits() -> ImageData:
    """128 training and 40 held-out digits."""
    data = load_dataset("digits")
    return ImageData(
        name="digits",
        train_images=data.train_images[:128],
        train_labels=data.train_labels[:128],
        test_images=data.test_images[:40],
        test_labels=data.test_labels[:40],
        classes=10,
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, few_digits: ImageData) -> Path:
    folder = tmp_path_factory.mktemp("supernet")
    train(named_space("digits"), few_digits, folder, CONFIG, probes=1)
    return folder


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(next(folder.glob("weights-*.safetensors")))


def test_digits_split_is_stratified_and_fixed() -> None:
    data, again = load_dataset("digits"), load_dataset("digits")
    assert (len(data.train_labels), len(data.test_labels)) == (1437, 360)
    assert torch.equal(data.test_images, again.test_images)
    assert torch.bincount(data.test_labels).min() >= 34


def test_loss_falls(trained: Path) -> None:
    with (trained / "log.csv").open() as file:
        losses = [float(row["loss"]) for row in csv.DictReader(file)]
    assert len(losses) == 8
    assert sum(losses[4:]) < sum(losses[:4])
    assert list((trained / "tensorboard").glob("events*"))


class KilledError(Exception):
    """Stands for a kill: nothing after it runs."""


def stop_at(*steps: int) -> Callbacks:
    def on_step(progress: Progress) -> None:
        if progress.step in steps:
            raise KilledError

    return Callbacks(on_step=on_step)


@pytest.mark.parametrize(
    "settings",
    [
        {"recipe": "sandwich"},
        {"recipe": "single-then-pair", "ema": 0.9, "drop_path": 0.2, "accumulate": 2},
        {"recipe": "attentive-worst", "passes": 32},
    ],
)
def test_interrupted_training_ends_with_the_same_weights(
    tiny_space: SearchSpace, few_digits: ImageData, tmp_path: Path, settings: dict[str, Any]
) -> None:
    """Stopped in the middle of epochs, once right after a save and once before any."""
    config = TrainConfig(epochs=2, batch=16, seed=1, **settings)
    small = replace(
        few_digits, train_images=F.avg_pool2d(few_digits.train_images, 2), test_images=few_digits.test_images
    )
    train(tiny_space, small, tmp_path / "whole", config)
    with pytest.raises(KilledError):
        train(tiny_space, small, tmp_path / "killed", config, stop_at(2))
    with pytest.raises(KilledError):
        train(tiny_space, small, tmp_path / "killed", config, stop_at(7), save_seconds=0)
    train(tiny_space, small, tmp_path / "killed", config)
    for group in ("weights", "optimiser", *(["average"] if config.ema else [])):
        first, second = (load_file(next((tmp_path / run).glob(f"{group}-*"))) for run in ("whole", "killed"))
        assert first.keys() == second.keys()
        assert all(torch.equal(first[name], second[name]) for name in first)
    logs = [(tmp_path / run / "log.csv").read_text().splitlines() for run in ("whole", "killed")]
    assert [row.split(",")[:3] for row in logs[0]] == [row.split(",")[:3] for row in logs[1]]


def test_finished_training_does_nothing(trained: Path, few_digits: ImageData) -> None:
    before = weights(trained)
    train(named_space("digits"), few_digits, trained, CONFIG, stop_at(*range(100)))
    assert all(torch.equal(before[name], value) for name, value in weights(trained).items())


def test_another_configuration_is_refused(trained: Path, few_digits: ImageData) -> None:
    with pytest.raises(ValueError, match=r"another config .epochs 2 instead of 4"):
        train(named_space("digits"), few_digits, trained, replace(CONFIG, epochs=4))


def test_a_full_disk_is_an_error_before_training(
    tiny_space: SearchSpace, few_digits: ImageData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = type(shutil.disk_usage(tmp_path))(100, 90, 10)
    monkeypatch.setattr("shutil.disk_usage", lambda _: full)
    with pytest.raises(ValueError, match=r"checkpoints need .* GB, 0\.0 GB are free"):
        train(tiny_space, few_digits, tmp_path, CONFIG, stop_at(1))


def test_a_disk_that_fills_up_keeps_the_last_good_state(trained: Path, tmp_path: Path) -> None:
    """The file system's own limit on file sizes stands for a full disk: writes fail in the middle."""
    folder, _ = damaged(trained, tmp_path)
    before = {path.name: path.read_bytes() for path in folder.glob("*.safetensors")}
    program = (
        "import resource, signal, torch; from pathlib import Path; from supernet.checkpoint import save_checkpoint\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        f"save_checkpoint(Path({str(folder)!r}), 99, {{'weights': {{'x': torch.zeros(10**6)}}}}, {{}})"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "cannot save step 99" in found.stderr.splitlines()[-1]
    assert {path.name: path.read_bytes() for path in folder.glob("*.safetensors")} == before
    load_supernet(folder)


def test_a_loss_that_is_not_finite_stops_and_names_the_cause(
    tiny_space: SearchSpace, few_digits: ImageData, tmp_path: Path
) -> None:
    images = few_digits.train_images.clone()
    images[3] = torch.nan
    broken = replace(few_digits, train_images=F.avg_pool2d(images, 2))
    with pytest.raises(
        FloatingPointError, match=r"loss is nan at step \d, micro-batch 1 .* architecture \w+ .largest"
    ):
        train(tiny_space, broken, tmp_path, CONFIG)


def test_evaluation_is_repeatable(trained: Path, few_digits: ImageData) -> None:
    supernet, arch = load_supernet(trained), named_space("digits").smallest()
    first = evaluate(supernet, arch, few_digits)
    assert evaluate(load_supernet(trained), arch, few_digits) == first
    assert first == 100 * round(first / 100 * 40) / 40


def test_calibrated_statistics_are_the_cumulative_average(tiny_space: SearchSpace) -> None:
    supernet, arch = Supernet(tiny_space), tiny_space.smallest()
    batches = [torch.randn(8, 1, 16, 16) for _ in range(3)]
    found = supernet.calibrate(arch, batches)
    stem = supernet.extract(arch).levels["2"].downsample.conv  # type: ignore[union-attr]
    means = torch.stack([stem(batch).mean(dim=(0, 2, 3)) for batch in batches])  # type: ignore[operator]
    assert torch.allclose(found["levels.2.downsample.norm.running_mean"], means.mean(0), atol=1e-6)


def damaged(trained: Path, tmp_path: Path) -> tuple[Path, Path]:
    folder = tmp_path / "damaged"
    folder.mkdir()
    for path in trained.glob("*.*"):
        (folder / path.name).write_bytes(path.read_bytes())
    return folder, next(folder.glob("weights-*"))


def rewrite(folder: Path, path: Path, tensors: dict[str, torch.Tensor]) -> None:
    save_file(tensors, path)
    manifest = json.loads((folder / "supernet.json").read_text())
    manifest["files"]["weights"]["sha256"] = file_digest(path)
    (folder / "supernet.json").write_text(json.dumps(manifest))


def test_truncated_file_is_named(trained: Path, tmp_path: Path) -> None:
    folder, path = damaged(trained, tmp_path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ValueError, match=f"{path.name} is damaged"):
        load_supernet(folder)


@pytest.mark.parametrize("change", ["missing", "extra", "misshaped"])
def test_wrong_keys_are_named(trained: Path, tmp_path: Path, change: str) -> None:
    folder, path = damaged(trained, tmp_path)
    tensors = load_file(path)
    name = sorted(tensors)[3]
    if change == "missing":
        del tensors[name]
    elif change == "extra":
        name = "stranger"
        tensors[name] = torch.zeros(1)
    else:
        tensors[name] = torch.zeros(7, 7, 7)
    rewrite(folder, path, tensors)
    with pytest.raises(ValueError, match=name):
        load_supernet(folder)


def test_manifest_cannot_point_outside_its_folder(trained: Path, tmp_path: Path) -> None:
    folder, _ = damaged(trained, tmp_path)
    manifest = json.loads((folder / "supernet.json").read_text())
    manifest["files"]["weights"]["file"] = "../weights.safetensors"
    (folder / "supernet.json").write_text(json.dumps(manifest))
    with pytest.raises(ValueError, match="no weights file is named"):
        load_supernet(folder)


def test_no_supernet_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="see nas train"):
        load_supernet(tmp_path)

"""Training improves, resumes to the bit, and tells what it measured."""

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from search_space import SearchSpace, SegHead
from supernet import Callbacks, ImageData, Progress, TrainConfig, read_manifest, run_length, train
from supernet.strategies.single_path import SinglePath


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
        {"recipe": "single-then-pair", "ema": 0.9, "drop_path": 0.2, "accumulate": 2, "batch": 16},
        {"recipe": "attentive-worst", "passes": 32},
    ],
)
def test_interrupted_training_ends_with_the_same_weights(
    tiny_space: SearchSpace, few_digits: ImageData, tmp_path: Path, settings: dict[str, Any]
) -> None:
    """Stopped in the middle of epochs, once right after a save and once before any."""
    config = TrainConfig(**{"epochs": 2, "batch": 32, "seed": 1, **settings})
    train(tiny_space, few_digits, tmp_path / "whole", config, probes=1)
    with pytest.raises(KilledError):
        train(tiny_space, few_digits, tmp_path / "killed", config, stop_at(2), probes=1)
    with pytest.raises(KilledError):
        train(tiny_space, few_digits, tmp_path / "killed", config, stop_at(5), save_seconds=0, probes=1)
    train(tiny_space, few_digits, tmp_path / "killed", config, probes=1)
    for group in ("weights", "optimiser", *(["average"] if config.ema else [])):
        first, second = (load_file(next((tmp_path / run).glob(f"{group}-*"))) for run in ("whole", "killed"))
        assert first.keys() == second.keys()
        assert all(torch.equal(first[name], second[name]) for name in first)
    logs = [(tmp_path / run / "log.csv").read_text().splitlines() for run in ("whole", "killed")]
    assert [row.split(",")[:3] for row in logs[0]] == [row.split(",")[:3] for row in logs[1]]


def test_scores_are_told_when_they_were_measured_and_kept(trained: Path, config: TrainConfig) -> None:
    (entry,) = read_manifest(trained)["history"]
    assert entry["step"] == 8
    assert {"largest", "smallest", "random"} == entry.keys() - {"step"}
    assert all(0 <= entry[name] <= 100 for name in ("largest", "smallest", "random"))


def test_a_head_for_another_task_is_refused(
    tiny_space: SearchSpace, few_digits: ImageData, tmp_path: Path, config: TrainConfig
) -> None:
    space = replace(tiny_space, heads=(SegHead(width=8, depth=1, classes=10),))
    with pytest.raises(ValueError, match="data digits are for classification; space tiny has a seg head"):
        train(space, few_digits, tmp_path / "out", config)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("accumulate", "passes", "steps"), [(1, 7, 7), (2, 7, 3), (1, None, 12), (3, 2, 1)])
def test_a_run_is_as_long_as_its_passes_or_its_epochs(
    tiny_space: SearchSpace, accumulate: int, passes: int | None, steps: int
) -> None:
    config = TrainConfig(recipe="single-path", epochs=3, passes=passes, accumulate=accumulate)
    assert run_length(SinglePath(tiny_space), config, per_epoch=4) == steps

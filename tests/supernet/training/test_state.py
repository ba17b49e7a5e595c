"""State on disk: a finished run is left alone, another one refused by what differs, later settings no difference."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from search_space import SearchSpace
from supernet import Callbacks, ImageData, TrainConfig, train


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(next(folder.glob("weights-*.safetensors")))


def copied(trained: Path, folder: Path, **config: Any) -> Path:
    """The trained supernet, with other settings in its manifest; those that are None are taken out."""
    shutil.copytree(trained, folder)
    manifest = json.loads((folder / "supernet.json").read_text())
    manifest["config"] |= config
    manifest["config"] = {name: value for name, value in manifest["config"].items() if name not in config or value}
    (folder / "supernet.json").write_text(json.dumps(manifest))
    return folder


def no_step(_: object) -> None:
    raise AssertionError("a step was made")


def test_finished_training_does_nothing(
    trained: Path, tiny_space: SearchSpace, few_digits: ImageData, config: TrainConfig
) -> None:
    before = weights(trained)
    supernet = train(tiny_space, few_digits, trained, config, Callbacks(on_step=no_step))
    assert all(torch.equal(before[name], value) for name, value in weights(trained).items())
    assert all(torch.equal(before[name], value) for name, value in supernet.shared.items())


def test_another_configuration_is_refused(
    trained: Path, tiny_space: SearchSpace, few_digits: ImageData, config: TrainConfig
) -> None:
    with pytest.raises(ValueError, match=r"another config .epochs 2 instead of 4"):
        train(tiny_space, few_digits, trained, replace(config, epochs=4))


def test_a_run_from_before_a_setting_goes_on_without_it(
    trained: Path, tiny_space: SearchSpace, few_digits: ImageData, config: TrainConfig, tmp_path: Path
) -> None:
    """What a version did not know it did as the default says; asked for otherwise it is another run."""
    old = copied(trained, tmp_path / "old", bf16=None, drop_path=None, max_gradient_norm=None)
    stored = json.loads((old / "supernet.json").read_text())["config"]
    assert not {"bf16", "drop_path", "max_gradient_norm"} & stored.keys()
    train(tiny_space, few_digits, old, config, Callbacks(on_step=no_step))
    with pytest.raises(ValueError, match=r"another config .drop_path 0.0 instead of 0.1"):
        train(tiny_space, few_digits, old, replace(config, drop_path=0.1))


def test_a_full_disk_is_an_error_before_training(
    tiny_space: SearchSpace,
    few_digits: ImageData,
    config: TrainConfig,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    full = type(shutil.disk_usage(tmp_path))(100, 90, 10)
    monkeypatch.setattr("shutil.disk_usage", lambda _: full)
    with pytest.raises(ValueError, match=r"checkpoints need .* GB, 0\.0 GB are free"):
        train(tiny_space, few_digits, tmp_path, config, Callbacks(on_step=no_step))

"""A data set that is defined here alone goes the whole way: loaded by name, trained on, judged, shown in the help."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import Tensor
from typer.testing import CliRunner

from nas.cli.app import app
from nas.ranking import AuditJob, audit_supernet
from nas.search.judge import SupernetJudge
from nas.training import Trained, TrainingJob, train_supernet
from search_space import SearchSpace
from supernet import DATASETS, ImageData, TrainConfig, load_dataset
from supernet.data.augmentation import Augmentation
from supernet.data.memory import normalised
from supernet.data.options import check_ranges, name_with_options, parse_options
from supernet.data.plan import batch_generator

OWN = Augmentation(flip=0.5, smoothing=0.05)


@dataclass(frozen=True, kw_only=True)
class StripeOptions:
    """How many images of each class; `noise` is a standard deviation."""

    count: int = 24
    noise: float = 0.1

    def __post_init__(self) -> None:
        check_ranges("stripes", self, {"count": (2, 1000), "noise": (0, 1)})


def stripes(text: str = "") -> ImageData:
    """Level, upright and rising stripes of 16 pixels, one channel."""
    options = parse_options(StripeOptions, "stripes", text)
    train, test = (_drawn(options, kind) for kind in range(2))
    name = name_with_options("stripes", options)
    return normalised(name, *train, *test, classes=3, augmentation=OWN)


def _drawn(options: StripeOptions, kind: int) -> tuple[Tensor, Tensor]:
    generator, at = batch_generator(7, kind), torch.arange(16.0)
    fields = (at[:, None].expand(16, 16), at.expand(16, 16), at[:, None] + at)
    labels = torch.arange(3).repeat(options.count)
    phases = torch.rand(len(labels), generator=generator) * 6.3
    waves = [(fields[int(label)] + phase).sin() for label, phase in zip(labels, phases, strict=True)]
    images = torch.stack(waves)[:, None] / 2 + 0.5
    noise = torch.randn(images.shape, generator=generator) * options.noise
    return (images + noise).clamp(0, 1), labels


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("nas.training.RANDOM_MEMBERS", 2)
    monkeypatch.setitem(DATASETS, "stripes", stripes)
    return "stripes"


def test_it_is_loaded_by_name_and_its_errors_name_it() -> None:
    data = load_dataset("stripes:count=5")
    assert (data.name, data.train_count, data.classes, data.task) == ("stripes:count=5", 15, 3, "classification")
    assert data.augmentation is OWN
    with pytest.raises(ValueError, match="stripes: count must be from 2 to 1000, got 1"):
        load_dataset("stripes:count=1")
    with pytest.raises(ValueError, match=r"unknown data set 'stripe'.*known: .*stripes"):
        load_dataset("stripe")


def test_the_help_names_it() -> None:
    shown = CliRunner().invoke(app, ["train", "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
    assert "fractals, stripes (options after a colon" in re.sub(r"[\s│]+", " ", shown.output)


def test_it_is_trained_on_judged_and_audited(tmp_path: Path, named_tiny: SearchSpace) -> None:
    config = TrainConfig(recipe="single-path", epochs=2, batch=24, learning_rate=0.02)
    job = TrainingJob(space="tiny", data="stripes", out=tmp_path / "supernet", config=config)
    found = train_supernet(job)
    assert isinstance(found, Trained)
    assert (found.metric.name, found.largest.images, found.steps) == ("top-1", 72, 6)
    judge = SupernetJudge(found.folder)
    space = judge.supernet.space
    assert (space.in_channels, space.heads[0].classes) == (1, 3)
    assert judge([space.largest()])[0].value == found.largest.value
    assert "held-out images of stripes" in judge.describe()
    ranking = audit_supernet(AuditJob(supernet=found.folder, networks=4, epochs=1, steps=1))
    assert ranking.audit.networks == 4

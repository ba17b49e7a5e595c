"""A training recipe that is defined here alone goes the whole way: help, fair plans, a race of its own, resumed."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from typer.testing import CliRunner

from nas.cli.app import app
from nas.training import Trained, TrainingJob, Watch, train_supernet
from search_space import Genotype, SearchSpace
from supernet import FairSampler, Progress, TrainConfig, read_manifest
from supernet.strategies import RECIPES, Pass, Recipe, StepContext
from supernet.strategies.protocol import LABELS, TEACHER

DATA = "fractals:classes=2,size=16,per_class=24,test_per_class=5"


class Pairs:
    """Two random members a step: the larger on the labels, the smaller on its predictions, most of the time."""

    def __init__(self, space: SearchSpace) -> None:
        self.space = space

    def size(self, progress: float) -> int:
        """Two passes, at the end the largest besides."""
        return 2 if progress < 0.8 else 3

    def plan(self, context: StepContext) -> list[Pass]:
        """By cost, dearest first."""
        drawn = [context.draw(context.first_draw + index) for index in range(2)]
        large, small = sorted(drawn, key=context.cost, reverse=True)
        passes = [
            Pass(arch=large, target=LABELS, role="random"),
            Pass(arch=small, target=TEACHER, role="random"),
        ]
        if self.size(context.progress) == 3:
            passes.insert(0, Pass(arch=self.space.largest(), target=LABELS, role="largest"))
        return passes


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("nas.training.RANDOM_MEMBERS", 2)
    entry = Recipe(strategy=Pairs, source="this file, section 1", distillation="alpha", draws=2)
    monkeypatch.setitem(RECIPES, "own-pairs", entry)
    return "own-pairs"


def job(out: Path) -> TrainingJob:
    config = TrainConfig(recipe="own-pairs", epochs=2, batch=8, ema=0.9, seed=3)
    return TrainingJob(space="tiny", data=DATA, out=out, config=config, save_seconds=0)


class KilledError(Exception):
    """Stands for a kill: nothing after it runs."""


def killed_at(step: int) -> Watch:
    def on_step(progress: Progress) -> None:
        if progress.step == step:
            raise KilledError

    return Watch(on_step=on_step)


def test_it_trains_and_after_a_kill_ends_with_the_same_weights(tmp_path: Path, named_tiny: SearchSpace) -> None:
    whole = train_supernet(job(tmp_path / "whole"))
    with pytest.raises(KilledError):
        train_supernet(job(tmp_path / "killed"), killed_at(7))
    assert read_manifest(tmp_path / "killed")["step"] == 7
    found = train_supernet(job(tmp_path / "killed"))
    assert isinstance(whole, Trained)
    assert isinstance(found, Trained)
    assert (found.recipe, found.steps) == ("own-pairs", 12)
    assert found.ledger["roles"] == {"random": 24, "largest": 2}
    assert found.ledger["choices"] == whole.ledger["choices"]
    assert (found.largest, found.smallest, found.random) == (whole.largest, whole.smallest, whole.random)
    for group in ("weights", "average", "optimiser"):
        first, second = (load_file(next((tmp_path / run).glob(f"{group}-*"))) for run in ("whole", "killed"))
        assert all(torch.equal(first[name], second[name]) for name in first)


def test_help_and_refusals_name_it() -> None:
    shown = CliRunner().invoke(app, ["train", "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
    assert shown.exit_code == 0
    assert "own-pairs (this file, section 1)" in re.sub(r"\s+", " ", shown.output)
    with pytest.raises(ValueError, match=r"unknown recipe 'own-pair'.*known: .*own-pairs"):
        TrainConfig(recipe="own-pair")


def test_its_draws_are_fair(tiny_space: SearchSpace) -> None:
    strategy, sampler, drawn = Pairs(tiny_space), FairSampler(space=tiny_space, seed=0), list[Genotype]()
    context = StepContext(
        progress=0.0, first_draw=0, draw=sampler.draw, loss=lambda _: 0.0, cost=lambda arch: len(arch.arch_id)
    )
    for step in range(12):
        plan = strategy.plan(replace(context, progress=step / 12, first_draw=2 * step))
        assert len(plan) == strategy.size(step / 12)
        drawn += [tiny_space.encode(entry.arch) for entry in plan if entry.role == "random"]
    for position, gene in enumerate(tiny_space.genes):
        if gene.name.endswith((".width", ".attention")):
            counts = [[genotype[position] for genotype in drawn].count(choice) for choice in range(len(gene.choices))]
            assert set(counts) == {24 // len(gene.choices)}

"""`--recipe auto`: a short race of the recipes, at equal compute and with a rule that is stated before it.

The rule: each recipe trains for the same number of sub-network passes; what counts is the mean score of 16 random
members on training images without augmentation. The held-out images of the data set take no part.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from torch import Tensor

from search_space import SearchSpace
from search_space.disk import read_json, write_json
from supernet.data import DataSource
from supernet.evaluation import input_side, score_on
from supernet.fair import FairSampler
from supernet.supernet import Supernet
from supernet.tasks import task_of
from supernet.training.config import TrainConfig
from supernet.training.loop import train

RACERS = ("single-path", "single-with-largest", "single-then-pair", "largest-then-sandwich", "sandwich")
JUDGED, IMAGES, BATCH = 16, 1024, 64


@dataclass(frozen=True, kw_only=True)
class Race:
    """Who won, and by what: the mean score in percent of random members after `passes` passes each."""

    winner: str
    passes: int
    run_passes: int  # of the run that the race is for
    accuracies: dict[str, float]  # scores by the data's metric; the name is that of the files

    def describe(self) -> str:
        """Who won after how many passes, and the mean scores of all, best first."""
        ranked = sorted(self.accuracies.items(), key=lambda item: -item[1])
        return f"recipe {self.winner}: after {self.passes:,} passes each, " + ", ".join(
            f"{name} {score:.1f} %" for name, score in ranked
        )


def race(
    space: SearchSpace,
    data: DataSource,
    config: TrainConfig,
    passes: int,
    run_passes: int,
    on_recipe: Callable[[int, int], None] = lambda _done, _all: None,
) -> Race:
    """Train every recipe for `passes` sub-network passes, the rest as in `config`, and judge it."""
    found = {}
    for index, name in enumerate(RACERS):
        with TemporaryDirectory() as folder:
            short = replace(config, recipe=name, passes=passes)
            supernet = train(space, data, Path(folder), short, probes=0, save_seconds=float("inf"))
        found[name] = _judged(supernet, data, config.seed)
        on_recipe(index + 1, len(RACERS))
    return Race(
        winner=max(found, key=lambda name: found[name]), passes=passes, run_passes=run_passes, accuracies=found
    )


def write_race(result: Race, path: Path) -> None:
    """Keep a race as JSON, so that the run it is for is not raced again when it goes on."""
    write_json(path, asdict(result))


def read_race(path: Path) -> Race:
    """What `write_race` wrote.

    Raises:
        ValueError: the file is not a race; names it.
    """
    try:
        found = Race(**read_json(path))
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path} is not the result of a race ({error}); delete it") from None
    if found.winner not in RACERS:
        raise ValueError(f"{path}: unknown recipe {found.winner!r}; delete the file")
    return found


def _judged(supernet: Supernet, data: DataSource, seed: int) -> float:
    """Mean score of random members on a fixed random part of the training images."""
    sampler, task = FairSampler(space=supernet.space, seed=seed + 1), task_of(data)
    total = 0.0
    for number in range(JUDGED):
        arch = sampler.draw(number)
        side = input_side(arch)
        supernet.calibrate(arch, data.calibration_batches(resolution=side))
        total += score_on(supernet.eval().extract(arch), _images(data, seed, side), task.scorer(data)).value
    return total / JUDGED


def _images(data: DataSource, seed: int, side: int) -> list[tuple[Tensor, Tensor]]:
    source = data.train_batches(epoch=0, batch=min(BATCH, data.train_count), seed=seed + 1, resolution=side)
    return [batch for _, batch in zip(range(IMAGES // BATCH), source, strict=False)]

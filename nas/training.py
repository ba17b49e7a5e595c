"""`nas train` as a function: a supernet of a space by name on data by name, trained or gone on with, and judged."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nas.disk.files import hold, make_folder
from nas.errors import UserError

if TYPE_CHECKING:
    from search_space import SearchSpace
    from supernet import DataSource, Metric, Progress, Score, Supernet, TrainConfig

AUTO = "auto"
RACED = "sandwich"  # the recipe whose passes measure how long a race is
RACE = "race.json"
RACE_SHARE = 0.1  # of the run's passes, for each racer
RANDOM_MEMBERS = 16


@dataclass(frozen=True, kw_only=True)
class TrainingJob:
    """What is asked: a space and data by name, the folder of the supernet, and how to train it.

    With `race` the recipe of `config` is replaced by the winner of a short race, which is held once and kept in the
    folder. `resolutions` are other input sizes than the space's, `init` is a published checkpoint to start from.
    `workers` are those of a Ray cluster at `address`, or on this machine.
    """

    space: str
    data: str
    out: Path
    config: "TrainConfig"
    race: bool = False
    resolutions: tuple[int, ...] | None = None
    init: Path | None = None
    save_seconds: float = 60.0
    workers: int | None = None
    address: str | None = None


@dataclass(frozen=True, kw_only=True)
class Watch:
    """What is told on the way: steps of the training, done and total of what is before and after it, and remarks."""

    on_step: Callable[["Progress"], None] = lambda _: None
    on_stage: Callable[[str, int, int], None] = lambda _stage, _done, _total: None
    say: Callable[[str], None] = lambda _: None


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A finished training: the scores of the largest, the smallest and random members, and what it took."""

    folder: Path
    recipe: str
    steps: int
    metric: "Metric"
    largest: "Score"
    smallest: "Score"
    random: "tuple[Score, ...]"
    ledger: dict[str, Any]
    attention_shares: dict[str, float]
    notes: tuple[str, ...]

    @property
    def random_mean(self) -> float:
        """Mean score of the random members."""
        return sum(each.value for each in self.random) / len(self.random)

    @property
    def random_lowest(self) -> float:
        """Score of the worst of the random members."""
        return min(each.value for each in self.random)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; scores in percent."""
        return {
            "supernet": str(self.folder),
            "recipe": self.recipe,
            "steps": self.steps,
            "metric": self.metric.name,
            "largest": self.largest.value,
            "smallest": self.smallest.value,
            "random_mean": self.random_mean,
            "random_lowest": self.random_lowest,
            "held_out_images": self.largest.images,
            "ledger": self.ledger,
        }


def train_supernet(job: TrainingJob, watch: Watch = Watch()) -> Trained | None:
    """Train the supernet or go on with the one in the folder; None on all processes of a run but the first.

    Raises:
        UserError: there is no file to start from, or a race was asked of several processes.
        ValueError: a name is not known, or the folder holds another training.
    """
    import torch

    from search_space import named_space
    from supernet import Callbacks, Cluster, RayJob, StartingPoint, load_dataset, train, train_on_ray

    data = load_dataset(job.data)
    space = named_space(job.space).for_data(
        classes=data.classes, in_channels=data.channels, resolutions=job.resolutions
    )
    if job.init is not None and not job.init.is_file():
        raise UserError(f"--init: no file {job.init}")
    start = StartingPoint.read(job.init, space) if job.init else None
    space = start.space if start else space
    if not Cluster.join().first:  # of several processes one holds the folder and talks
        train(space, data, job.out, _settings(job, space, data, watch), start_from=start)
        return None
    with hold(make_folder(job.out)):
        config = _settings(job, space, data, watch)
        if job.workers is not None:
            on_ray = RayJob(space=space, data=job.data, folder=job.out.resolve(), config=config, init=job.init)
            train_on_ray(on_ray, workers=job.workers, address=job.address, gpus=torch.cuda.is_available())
        supernet = train(  # after Ray it is finished, and loaded as it is
            space,
            data,
            job.out,
            config,
            Callbacks(on_step=watch.on_step, on_init=lambda found: watch.say(found.describe())),
            start_from=start,
            save_seconds=job.save_seconds,
        )
        return _judged(job, supernet, data, config, watch)


def _settings(job: TrainingJob, space: "SearchSpace", data: "DataSource", watch: Watch) -> "TrainConfig":
    """The settings of the run; a race is held once and its result kept in the folder."""
    from supernet import read_race

    if not job.race:
        return job.config
    path = job.out / RACE
    if not path.exists():
        _hold_race(job, space, data, watch)
    found = read_race(path)
    watch.say(found.describe())
    return replace(job.config, recipe=found.winner, passes=found.run_passes)


def _hold_race(job: TrainingJob, space: "SearchSpace", data: "DataSource", watch: Watch) -> None:
    """Race for a share of the passes that the sandwich rule would make of the run's epochs."""
    from supernet import RECIPES, Cluster, batches_per_epoch, race, run_length, write_race

    if Cluster.join().world > 1:
        raise UserError("--recipe auto races in one process; name a recipe, or start once without torchrun")
    config = replace(job.config, recipe=RACED)
    per_epoch = batches_per_epoch(data.train_count, batch=config.batch) // config.accumulate
    strategy = RECIPES[config.recipe].strategy(space)
    steps = run_length(strategy, config, per_epoch)
    passes = config.passes or sum(strategy.size(step / steps) for step in range(steps))
    stage = "racing recipes"
    watch.on_stage(stage, 0, 0)
    result = race(
        space,
        data,
        config,
        max(1, round(RACE_SHARE * passes)),
        passes,
        lambda done, total: watch.on_stage(stage, done, total),
    )
    write_race(result, job.out / RACE)


def _judged(
    job: TrainingJob, supernet: "Supernet", data: "DataSource", config: "TrainConfig", watch: Watch
) -> Trained:
    """Judge the largest, the smallest and random members on the held-out images."""
    from supernet import FairSampler, Ledger, evaluate, read_manifest, task_of

    space, sampler = supernet.space, FairSampler(space=supernet.space, seed=config.seed + 1)
    members = [space.largest(), space.smallest(), *map(sampler.draw, range(RANDOM_MEMBERS))]
    scores = []
    watch.on_stage("evaluating", 0, len(members))
    for arch in members:
        scores.append(evaluate(supernet, arch, data))
        watch.on_stage("evaluating", len(scores), len(members))
    manifest = read_manifest(job.out)
    return Trained(
        folder=job.out,
        recipe=config.recipe,
        steps=manifest["step"],
        metric=task_of(data).metric,
        largest=scores[0],
        smallest=scores[1],
        random=tuple(scores[2:]),
        ledger=manifest["ledger"],
        attention_shares=Ledger.from_dict(manifest["ledger"]).attention_shares(space),
        notes=tuple(data.notes()),
    )

"""`nas train` and `nas evaluate`."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nas.commands.console import print_json, print_notes, progress, stderr, stdout
from nas.errors import UserError

if TYPE_CHECKING:
    from search_space import SearchSpace
    from supernet import DataSource, Supernet, TrainConfig

AUTO = "auto"
RACE_SHARE = 0.1  # of the run's passes, for each racer
RANDOM_MEMBERS = 16


def train_command(
    *,
    space_name: str,
    data_name: str,
    out: Path,
    config: dict[str, Any],
    resolutions: str | None,
    init: Path | None,
    save_every: float,
    workers: int | None,
    address: str | None,
    as_json: bool,
) -> None:
    """Train a supernet or go on with it, then judge largest, smallest and random sub-networks."""
    import torch

    from nas.files import hold, make_folder
    from search_space import named_space
    from supernet import Callbacks, Cluster, RayJob, StartingPoint, load_dataset, train, train_on_ray

    data = load_dataset(data_name)
    space = named_space(space_name).for_data(
        classes=data.classes, in_channels=data.channels, resolutions=_sizes(resolutions)
    )
    if init is not None and not init.is_file():
        raise UserError(f"--init: no file {init}")
    start = StartingPoint.read(init, space) if init else None
    space = start.space if start else space
    if not Cluster.join().first:  # of several processes one holds the folder and talks
        train(space, data, out, _settings(config, space, data, out, None), start_from=start)
        return
    with hold(make_folder(out)), progress() as bar:
        settings = _settings(config, space, data, out, bar)
        task = bar.add_task("training", total=None, note="")
        if workers is not None:
            job = RayJob(space=space, data=data_name, folder=out.resolve(), config=settings, init=init)
            train_on_ray(job, workers=workers, address=address, gpus=torch.cuda.is_available())
        supernet = train(  # after Ray it is finished, and loaded as it is
            space,
            data,
            out,
            settings,
            Callbacks(on_step=lambda state: _show(bar, task, state), on_init=lambda found: _say(found.describe())),
            start_from=start,
            save_seconds=save_every,
        )
        found = _judge(supernet, data, settings.seed, bar)
    print_notes(data.notes())
    _report(out, space, data, settings, found, as_json=as_json)


def _settings(config: dict[str, Any], space: "SearchSpace", data: "DataSource", out: Path, bar: Any) -> "TrainConfig":
    """The settings of the run; `auto` runs the race once and keeps its result in the folder."""
    from supernet import RECIPES, Cluster, TrainConfig, batches_per_epoch, race, read_race, run_length, write_race

    if config["recipe"] != AUTO:
        return TrainConfig(**config)
    settings = TrainConfig(**{**config, "recipe": "sandwich"})
    if not (out / "race.json").exists():
        if Cluster.join().world > 1:
            raise UserError("--recipe auto races in one process; name a recipe, or start once without torchrun")
        per_epoch = batches_per_epoch(data.train_count, batch=settings.batch) // settings.accumulate
        strategy = RECIPES[settings.recipe].strategy(space)
        steps = run_length(strategy, settings, per_epoch)
        passes = settings.passes or sum(strategy.size(step / steps) for step in range(steps))
        task = bar.add_task("racing recipes", total=None, note="")
        result = race(
            space,
            data,
            settings,
            max(1, round(RACE_SHARE * passes)),
            passes,
            lambda done, total: bar.update(task, completed=done, total=total),
        )
        write_race(result, out / "race.json")
    found = read_race(out / "race.json")
    _say(found.describe())
    return replace(settings, recipe=found.winner, passes=found.run_passes)


def _sizes(text: str | None) -> tuple[int, ...] | None:
    """`--resolutions 96,128`."""
    if text is None:
        return None
    try:
        sizes = tuple(sorted({int(part) for part in text.split(",")}))
    except ValueError:
        sizes = (0,)
    if min(sizes) < 1:
        raise UserError(f"--resolutions {text!r} is not a list of sizes in pixels such as 96,128")
    return sizes


def _show(bar: Any, task: Any, state: Any) -> None:
    accuracies = "  ".join(f"{name} {value:.1f} %" for name, value in state.accuracies.items())
    note = f"epoch {state.epoch}  loss {state.loss:.3f}  {state.images_per_second:.0f} images/s  {accuracies}"
    bar.update(task, completed=state.step, total=state.steps, note=note)


def _say(text: str) -> None:
    stderr.print(text, highlight=False, markup=False)


def _judge(supernet: "Supernet", data: "DataSource", seed: int, bar: Any) -> list[float]:
    """Held-out accuracy in percent of the largest, the smallest and random members."""
    from supernet import FairSampler, evaluate

    space, sampler = supernet.space, FairSampler(space=supernet.space, seed=seed + 1)
    members = [space.largest(), space.smallest(), *map(sampler.draw, range(RANDOM_MEMBERS))]
    task = bar.add_task("evaluating", total=len(members), note="")
    found = []
    for arch in members:
        found.append(evaluate(supernet, arch, data))
        bar.advance(task)
    return found


def _report(
    out: Path, space: "SearchSpace", data: "DataSource", config: "TrainConfig", found: list[float], *, as_json: bool
) -> None:
    from supernet import Ledger, read_manifest

    manifest = read_manifest(out)
    ledger = Ledger.from_dict(manifest["ledger"])
    result = {
        "supernet": str(out),
        "recipe": config.recipe,
        "steps": manifest["step"],
        "largest": found[0],
        "smallest": found[1],
        "random_mean": sum(found[2:]) / RANDOM_MEMBERS,
        "random_lowest": min(found[2:]),
        "held_out_images": data.test_count,
        "ledger": manifest["ledger"],
    }
    if as_json:
        print_json(result)
        return
    shares = ", ".join(f"{name} {share:.0%}" for name, share in ledger.attention_shares(space).items())
    lines = (
        f"{out}: held-out accuracy on {data.test_count} images: largest {found[0]:.1f} %, smallest {found[1]:.1f} %, "
        f"{RANDOM_MEMBERS} random ones {result['random_mean']:.1f} % on average, {min(found[2:]):.1f} % at least",
        f"spent with recipe {config.recipe}: {ledger.describe()}",
        f"attention types trained: {shares}",
        f"log: {out / 'log.csv'}; tensorboard --logdir {out}",
    )
    for line in lines:
        stdout.print(line, highlight=False, markup=False)


def evaluate_command(arch_text: str, *, supernet: Path, data: str | None, as_json: bool) -> None:
    """Accuracy of one sub-network with inherited weights."""
    from nas.archs import find_arch
    from nas.search.judge import SupernetJudge

    arch = find_arch(arch_text)
    judge = SupernetJudge(supernet, data)
    accuracy = judge([arch])[0]
    print_notes(judge.data.notes())
    if as_json:
        print_json(
            {
                "arch_id": arch.arch_id,
                "accuracy": accuracy.value,
                "accuracy_low": accuracy.low,
                "accuracy_high": accuracy.high,
                "accuracy_origin": accuracy.origin,
            }
        )
        return
    stdout.print(f"{arch.arch_id}: {accuracy.value:.2f} % ({accuracy.low:.2f} to {accuracy.high:.2f})")
    stdout.print(judge.describe(), style="dim")

"""`nas train` and `nas evaluate`."""

from pathlib import Path
from typing import TYPE_CHECKING

from nas.commands.console import print_json, print_notes, progress, stdout

if TYPE_CHECKING:
    from search_space import SearchSpace
    from supernet import DataSource, Initialised, StartingPoint, TrainConfig


def train_command(
    *, space_name: str, data_name: str, out: Path, epochs: int | None, init: Path | None, seed: int, as_json: bool
) -> None:
    """Train a supernet or go on with it, then judge largest, smallest and 20 random sub-networks."""
    from nas.errors import UserError
    from nas.files import hold, make_folder
    from search_space import named_space
    from supernet import StartingPoint, TrainConfig, load_dataset

    data = load_dataset(data_name)
    space = named_space(space_name).for_data(classes=data.classes, in_channels=data.channels)
    if init is not None and not init.is_file():
        raise UserError(f"--init: no file {init}")
    start = StartingPoint.read(init, space) if init else None
    config = TrainConfig(seed=seed) if epochs is None else TrainConfig(seed=seed, epochs=epochs)
    with hold(make_folder(out)):
        _train(start.space if start else space, data, config, out, start, seed, as_json)


def _train(
    space: "SearchSpace",
    data: "DataSource",
    config: "TrainConfig",
    out: Path,
    start: "StartingPoint | None",
    seed: int,
    as_json: bool,
) -> None:
    import numpy as np

    from supernet import Progress, evaluate, read_manifest, train

    finished = (out / "supernet.json").exists() and read_manifest(out)["epoch"] >= config.epochs
    with progress() as bar:
        task = bar.add_task("training", total=None, note="")

        def on_step(state: Progress) -> None:
            note = f"epoch {state.epoch}  loss {state.loss:.3f}  {state.images_per_second:.0f} images/s"
            bar.update(task, completed=state.step, total=state.steps, note=note)

        def on_init(found: "Initialised") -> None:
            bar.console.print(found.describe())

        supernet = train(space, data, out, config, on_step, start_from=start, on_init=on_init)
        rng = np.random.default_rng(seed)
        members = [space.largest(), space.smallest(), *(space.sample(rng) for _ in range(20))]
        judging = bar.add_task("evaluating", total=len(members), note="")
        found = []
        for arch in members:
            found.append(evaluate(supernet, arch, data))
            bar.advance(judging)
    print_notes(data.notes())
    result = {
        "supernet": str(out),
        "epochs": config.epochs,
        "largest": found[0],
        "smallest": found[1],
        "random_mean": float(np.mean(found[2:])),
        "random_lowest": min(found[2:]),
        "held_out_images": data.test_count,
    }
    if as_json:
        print_json(result)
        return
    if finished:
        stdout.print(f"{out}: already trained for {config.epochs} epochs, nothing to do")
    stdout.print(
        f"{out}: held-out accuracy on {result['held_out_images']} images: largest {found[0]:.1f} %, smallest "
        f"{found[1]:.1f} %, 20 random ones {result['random_mean']:.1f} % on average, {min(found[2:]):.1f} % at least"
    )


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

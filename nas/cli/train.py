"""`nas train`: a bar while it trains, then what the supernet's members reach and what that took."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nas.cli.console import print_json, print_notes, progress, stderr, stdout
from nas.cli.shared import JsonOption, SeedOption, SpaceOption
from nas.errors import UserError
from nas.training import AUTO, RACED, Trained, TrainingJob, Watch, train_supernet

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from supernet import Progress


def train(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of the supernet.")],
    space: SpaceOption = "digits",
    data: Annotated[
        str,
        typer.Option(
            "--data",
            help="{data sets} (options after a colon: fractals:classes=100,size=32), or a folder of images in "
            "train/CLASS and val/CLASS.",
        ),
    ] = "digits",
    recipe: Annotated[
        str, typer.Option("--recipe", help="Training algorithm, or auto: the winner of a short race; see below.")
    ] = "single-with-largest",
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="Passes over the training images.")] = 20,
    passes: Annotated[
        int | None,
        typer.Option("--passes", min=1, help="Length in sub-network passes instead, to compare recipes fairly."),
    ] = None,
    batch: Annotated[int, typer.Option("--batch", min=2, help="Images of a micro-batch, on each process.")] = 64,
    accumulate: Annotated[int, typer.Option("--accumulate", min=1, help="Micro-batches of a step.")] = 1,
    learning_rate: Annotated[float, typer.Option("--lr", help="Highest learning rate.")] = 5e-3,
    weight_decay: Annotated[float, typer.Option("--weight-decay", help="Of AdamW.")] = 0.02,
    ema: Annotated[float, typer.Option("--ema", help="Decay of averaged weights, say 0.999; 0: none.")] = 0.0,
    drop_path: Annotated[float, typer.Option("--drop-path", help="Chance to skip the last block.")] = 0.0,
    bf16: Annotated[bool, typer.Option("--bf16", help="Mixed precision.")] = False,
    channels_last: Annotated[bool, typer.Option("--channels-last", help="Memory format of the images.")] = False,
    resolutions: Annotated[
        str | None, typer.Option("--resolutions", help="Other input sizes than the space's: 96,128.")
    ] = None,
    init: Annotated[
        Path | None, typer.Option("--init", metavar="FILE", help="Start from a published checkpoint (safetensors).")
    ] = None,
    save_every: Annotated[float, typer.Option("--save-every", metavar="SECONDS", help="How often to save.")] = 60.0,
    workers: Annotated[
        int | None, typer.Option("--ray-workers", min=1, help="Train on that many workers of a Ray cluster.")
    ] = None,
    address: Annotated[
        str | None,
        typer.Option("--ray-address", help="The cluster: auto, ray://host:10001; default: started here."),
    ] = None,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Train a supernet.

    Killed at any moment, the same command goes on and ends with the same weights. The ledger counts what a run spends
    on which choices. Several processes: torchrun --nproc-per-node 2 -m nas.cli train ..., or --ray-workers 2; --out
    has to be a folder that all of them see.

    Recipes: {recipes}; or auto.

    The space takes the classes and channels of the data. --init puts the weights of a published member (timm's,
    the authors' or ours, recognised by its keys) where that member reads them; the rest is initialised.

    Examples:

        nas train --space digits --data cluttered-digits --out results/supernet/digits

        nas train --space efficientvit --data photos --resolutions 128,160 --recipe auto --ema 0.999 --out photos-net

        nas train --space efficientvit --data photos --init efficientvit_m0.safetensors --out m0-photos
    """
    from supernet import TrainConfig

    race = recipe == AUTO
    config = TrainConfig(
        recipe=RACED if race else recipe,
        epochs=epochs,
        passes=passes,
        batch=batch,
        accumulate=accumulate,
        learning_rate=learning_rate,
        weight_decay=weight_decay,
        ema=ema,
        drop_path=drop_path,
        bf16=bf16,
        channels_last=channels_last,
        seed=seed,
    )
    job = TrainingJob(
        space=space,
        data=data,
        out=out,
        config=config,
        race=race,
        resolutions=sizes(resolutions),
        init=init,
        save_seconds=save_every,
        workers=workers,
        address=address,
    )
    with progress() as bar:
        found = train_supernet(job, _watch(bar))
    if found is None:
        return
    print_notes(list(found.notes))
    if as_json:
        print_json(found.to_dict())
    else:
        _report(found)


def sizes(text: str | None) -> tuple[int, ...] | None:
    """The value of `--resolutions`, say `96,128`, each size once.

    Raises:
        UserError: not a list of sizes.
    """
    if text is None:
        return None
    try:
        found = tuple(sorted({int(part) for part in text.split(",")}))
    except ValueError:
        found = (0,)
    if min(found) < 1:
        raise UserError(f"--resolutions {text!r} is not a list of sizes in pixels such as 96,128")
    return found


def _watch(bar: "Bar") -> Watch:
    """A line of the bar for each stage, from its beginning on."""
    lines: dict[str, TaskID] = {}

    def line(stage: str) -> "TaskID":
        if stage not in lines:
            lines[stage] = bar.add_task(stage, total=None, note="")
        return lines[stage]

    def on_step(state: "Progress") -> None:
        bar.update(line("training"), completed=state.step, total=state.steps, note=_note(state))

    def on_stage(stage: str, done: int, total: int) -> None:
        bar.update(line(stage), completed=done, total=total or None)

    return Watch(on_step=on_step, on_stage=on_stage, say=_say)


def _note(state: "Progress") -> str:
    scores = "  ".join(f"{name} {value:.1f} %" for name, value in state.scores.items())
    return f"epoch {state.epoch}  loss {state.loss:.3f}  {state.images_per_second:.0f} images/s  {scores}"


def _say(text: str) -> None:
    stderr.print(text, highlight=False, markup=False)


def _report(found: Trained) -> None:
    from supernet import Ledger

    shares = ", ".join(f"{name} {share:.0%}" for name, share in found.attention_shares.items())
    lines = (
        f"{found.folder}: held-out {found.metric.words} on {found.largest.images} images: "
        f"largest {found.largest.value:.1f} %, smallest {found.smallest.value:.1f} %, "
        f"{len(found.random)} random ones {found.random_mean:.1f} % on average, {found.random_lowest:.1f} % at least",
        f"spent with recipe {found.recipe}: {Ledger.from_dict(found.ledger).describe()}",
        f"attention types trained: {shares}",
        f"log: {found.folder / 'log.csv'}; tensorboard --logdir {found.folder}",
    )
    for line in lines:
        stdout.print(line, highlight=False, markup=False)
